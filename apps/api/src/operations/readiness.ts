import { Injectable } from '@nestjs/common';

/** Whether this process wants traffic; off from the first moment of a shutdown. */
@Injectable()
export class Readiness {
  private wanted = true;

  get ready(): boolean {
    return this.wanted;
  }

  stop(): void {
    this.wanted = false;
  }
}
