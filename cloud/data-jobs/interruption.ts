/** Why a run ends early without a fault. */
export class Interruption extends Error {
  constructor(readonly reason: 'cancelled' | 'lost' | 'stopping') {
    super(`The job was interrupted: ${reason}.`);
    this.name = 'Interruption';
  }
}
