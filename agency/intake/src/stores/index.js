// The two interfaces of an intake's storage: everything in one folder (folder.js), or packages
// in a bucket and records in PostgreSQL, which several intakes share (../../bucket).
//
// uploads, a tus data store with these additions
//   finish(id)      store the digest of a complete upload, have its receipt made, show it to
//                   officers; waits for all of that, and may be repeated at any time
//   placeOf(id)     where officers find the package; undefined if it isn't in the inbox
//   take(id)        take it out of the inbox to delete it; false if an officer took it first
//   destroy(id)     delete what was taken out
//   onComplete(id, record), onArrived(id, size)   set by the intake. tells: whether there is
//                   a program to run for each package
// records
//   now()           the time for receipts and answers
//   share(id)       the record of a share. `finished`: it is or was in the inbox
//   withoutReceipt(), untold(), deletions()   unfinished work of killed processes
//   receipt(id), hasReceipt(id), giveReceipt(id, token), withdrawal(id),
//   noteWithdrawal(id, note), answer(id), noteTold(id)
//   limit(kind, perMinute)   throws if there are too many
//   turn(id, work)   one at a time for a share; alone(what, work)   skip if already running
//   counts()        for metrics; a folder's include reserved and free space
// Both together: open, close, tidy, check, looks, hint, locker.

import { FolderStores } from "./folder.js";
import { isBucket } from "./which.js";

export async function makeStores({ inbox, ...options }) {
  if (!isBucket(inbox)) return new FolderStores({ inbox, ...options });
  const { BucketStores } = await import("../../bucket/stores.js"); // rarely needed
  return new BucketStores({ inbox, ...options });
}
