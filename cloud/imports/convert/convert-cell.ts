import type { Cell } from '../read/cell';
import { isRowIssue, RowIssue } from './cell';
import { parseCurrency } from './currency';
import { parseInstant } from './dates';
import { formatDecimal } from '../../../values/decimal';
import { parseDecimal } from './decimal';
import { parseId, parseText } from './text';
import type { FieldSpec, StageValue } from './data-type';
import { parseJsonObject } from './json-cell';

const MAX_CHOICE_LENGTH = 200;

/** One cell by its field's kind; money is not converted here, it needs the row's currency. */
export function convertCell(spec: FieldSpec, cell: Cell, timeZone: string): StageValue | RowIssue {
  switch (spec.kind) {
    case 'id':
      return parseId(cell, spec.maxLength);
    case 'text':
      return parseText(cell, spec.maxLength);
    case 'instant':
      return parseInstant(cell, timeZone);
    case 'currency':
      return parseCurrency(cell);
    case 'json':
      return parseJsonObject(cell, spec.maxLength);
    case 'choice':
      return parseChoice(cell, spec.choices ?? []);
    default: {
      const decimal = parseDecimal(cell);
      return isRowIssue(decimal) ? decimal : formatDecimal(decimal);
    }
  }
}

function parseChoice(cell: Cell, choices: readonly string[]): string | RowIssue {
  const text = parseText(cell, MAX_CHOICE_LENGTH);
  if (isRowIssue(text)) return text;
  const choice = text.toLowerCase();
  return choices.includes(choice) ? choice : new RowIssue('ROW_SHAPE', `Not one of ${choices.join(', ')}.`);
}
