import { invalidFile } from '../read/row-batch';

/** The columns of a file by name. A name may occur twice, or be empty, as long as nothing needs that column. */
export class HeaderColumns {
  private readonly positions = new Map<string, number>();
  private readonly doubled = new Set<string>();

  constructor(header: readonly string[]) {
    header.forEach((name, index) => {
      if (this.positions.has(name)) this.doubled.add(name);
      else this.positions.set(name, index);
    });
  }

  /**
   * Index of the column that gives a field its values, -1 when there is none.
   * @throws AppError INVALID_FILE when there are two: nobody could tell which one is meant
   */
  position(name: string, field: string): number {
    if (this.doubled.has(name)) {
      const column = name.slice(0, 100);
      throw invalidFile(`The column "${column}", which ${field} is read from, occurs twice in the header.`, {
        column,
        field,
      });
    }
    return this.positions.get(name) ?? -1;
  }
}
