#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"

namespace apilab::work {

/// A webhook that was found genuine, as it came.
struct Event {
    /// Who sent it: `github`, `slack`, `stripe`, `notion`, `standard`, `shopify`.
    std::string source;
    /// The sender's id of the event, the same on every delivery of it. Up to 255 bytes, not empty.
    std::string sender_id;
    /// What the id is unique within: a topic, a workspace. Often empty.
    std::string scope;
    /// `push`, `event_callback`, `invoice.paid`. Up to 255 bytes.
    std::string type;
    /// Byte by byte; never parsed and written again.
    std::string body;
    /// In their order, names in lower case; signatures among them, secrets never. Up to 256, and
    /// 256 KiB together.
    std::vector<std::pair<std::string, std::string>> headers;
    /// The signature covers the id. Where it does not (GitHub, Shopify), who caught one delivery
    /// could play it back under ids of his own: then a body that is known counts as known whatever
    /// its id is.
    bool id_is_signed = true;
    /// The sender's body is another one on every attempt (Notion's `attempt_number`, Stripe's
    /// `pending_webhooks`): a known id counts as known whatever came with it, and the first body
    /// stays. Counts only where the id is signed; is not kept.
    bool body_changes = false;
};

/// What became of an event that was put.
enum class Put : std::uint8_t {
    /// New; on the disk when the transaction is.
    stored,
    /// This source sent this id before, and it is done, or will be; nothing was added.
    duplicate,
    /// Its job was a dead letter and has another chance, its attempts counted anew: somebody had it
    /// sent again (GitHub's "Redeliver" keeps the id).
    revived,
    /// The body is known under another id, and this sender does not sign ids. It is in the
    /// quarantine; nothing runs.
    replayed,
    /// The id is known with another body (but see `Event::body_changes`). The first one stays, this
    /// one is in the quarantine.
    conflict,
};

struct PutResult {
    Put put = Put::stored;
    /// Of the event that is kept; 0 for what went to the quarantine.
    std::int64_t event = 0;
    /// Of its job; 0 likewise.
    std::int64_t job = 0;
};

/// An event in the archive.
struct ArchivedEvent {
    std::int64_t id = 0;
    Event event;
    SystemTime received;
    SystemTime last_seen;
    /// How often it came, all copies counted.
    std::int64_t deliveries = 1;
    std::int64_t job = 0;
    /// Bytes of the body that is kept, also where it was not asked for; 0 once it was swept.
    std::size_t body_size = 0;
};

/// What was genuine and yet not believed; a person decides.
struct Quarantined {
    std::int64_t id = 0;
    /// `conflict` or `replayed`.
    Put why = Put::conflict;
    Event event;
    SystemTime received;
    /// The event whose id or body it has.
    std::int64_t known = 0;
};

}  // namespace apilab::work
