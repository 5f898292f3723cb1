import type Parse from 'parse/node';
import { isLiveClass, isPolledClass } from './live-classes';
import type { LiveHub } from './live-hub';

/** What Parse Server asks and tells of each save and delete. */
export interface LiveQueryController {
  hasLiveQuery(className: string): boolean;
  onAfterSave(className: string, row: Parse.Object, original?: Parse.Object): void;
  onAfterDelete(className: string, row?: Parse.Object): void;
}

/**
 * Parse Server's own controller takes a fixed list of classes and publishes all their saves. Classes
 * are made at run time here, and what nobody follows shall cost nothing.
 */
export function publishSaves(controller: LiveQueryController, hub: LiveHub): void {
  controller.hasLiveQuery = (className) => isLiveClass(className) && hub.isFollowed(className);
  controller.onAfterSave = (className, row, original) => {
    if (isPolledClass(className) || !controller.hasLiveQuery(className)) return;
    // The save began before anybody followed: Parse has not read what the row was, and it would pass for new.
    if (!original && !row.createdAt) return;
    hub.publish({ op: 'save', className, row: full(row), ...(original ? { original: full(original) } : {}) });
  };
  controller.onAfterDelete = (className, row) => {
    // Without a row likewise: the delete began before anybody followed.
    if (row && controller.hasLiveQuery(className)) hub.publish({ op: 'delete', className, row: full(row) });
  };
}

function full(row: Parse.Object): Record<string, unknown> {
  return (row as unknown as { _toFullJSON(): Record<string, unknown> })._toFullJSON();
}
