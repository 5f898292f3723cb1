/** The jobs that this process runs now, each with what aborts it. */
export class RunningJobs {
  private readonly aborts = new Map<string, AbortController>();
  private stopReason: Error | undefined;

  /** Set once: the process will not wait any longer for running jobs. */
  get isStopping(): boolean {
    return this.stopReason !== undefined;
  }

  /** The caller ends what it began. */
  begin(jobId: string): AbortController {
    const abort = new AbortController();
    this.aborts.set(jobId, abort);
    if (this.stopReason) abort.abort(this.stopReason);
    return abort;
  }

  /** A job whose lock was lost may have begun again meanwhile: that one stays. */
  end(jobId: string, abort: AbortController): void {
    if (this.aborts.get(jobId) === abort) this.aborts.delete(jobId);
  }

  abort(jobId: string, reason: Error): void {
    this.aborts.get(jobId)?.abort(reason);
  }

  /** Aborts every job, also those that still begin. */
  stop(reason: Error): void {
    this.stopReason = reason;
    for (const abort of this.aborts.values()) abort.abort(reason);
  }
}
