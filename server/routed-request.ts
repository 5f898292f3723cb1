import type { IncomingMessage } from 'node:http';
import type { Subject } from './subject';

/** What a request's metrics and log need to know of the route that answered it. */
export interface RoutedRequest extends IncomingMessage {
  routePattern?: string;
  requestId?: string;
  callerId?: string;
  /** For the log. */
  subject?: Subject;
  errorCode?: string | number;
}
