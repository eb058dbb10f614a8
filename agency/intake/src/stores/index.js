// What an intake keeps, behind two small interfaces. It has all in one folder (folder.js), or
// packages in a bucket and notes in PostgreSQL, which several intakes share (../../bucket).
//
// uploads, a data store of tus that also has
//   finish(id)      note the digest of a complete upload, have its receipt made, let officers
//                   see it; waits for all of that, and may be called again at any time
//   placeOf(id)     where officers find the package; undefined when it isn't in the inbox
//   take(id)        take it out of the inbox, to delete it; false when an officer was faster
//   destroy(id)     delete what was taken out
//   onComplete(id, record), onArrived(id, size)   set by the intake. tells: whether there is
//                   a program to run for each package
// records
//   now()           the time that receipts and answers say
//   share(id)       what is known of a share. `finished`: it is or was in the inbox
//   withoutReceipt(), untold(), deletions()   what a kill left undone
//   receipt(id), hasReceipt(id), giveReceipt(id, token), withdrawal(id),
//   noteWithdrawal(id, note), answer(id), noteTold(id)
//   limit(kind, perMinute)   throws when there are too many
//   turn(id, work)   one after the other for a share; alone(what, work)   or not at all
//   counts()        for metrics; a folder's also say how much space is reserved, and free
// Of both together: open, close, tidy, check, looks, hint, locker.

import { FolderStores } from "./folder.js";
import { isBucket } from "./which.js";

export async function makeStores({ inbox, ...options }) {
  if (!isBucket(inbox)) return new FolderStores({ inbox, ...options });
  const { BucketStores } = await import("../../bucket/stores.js"); // few need it
  return new BucketStores({ inbox, ...options });
}
