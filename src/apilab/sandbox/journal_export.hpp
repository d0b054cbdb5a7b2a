#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/journal.hpp"

namespace apilab::sandbox {

/// Which rows of a journal are wanted. Everything absent is no condition.
struct JournalFilter {
    std::string provider;
    std::string operation;
    std::string method;
    /// As in the journal: below the prefix, without query.
    std::string path;
    /// Any of these; empty: every one.
    std::vector<int> statuses;
    std::string body_sha256;
    /// The idempotency key.
    std::string key;
    /// Values that a row must have: of the query (decoded), of header fields, of facts.
    std::map<std::string, std::string> query = {};
    std::map<std::string, std::string> headers = {};
    std::map<std::string, std::string> facts = {};
    /// Only rows that were no operation.
    bool unsupported_only = false;
    /// Only rows that a fault had a hand in.
    bool faulted_only = false;
    /// Only rows after this sequence number.
    std::uint64_t after = 0;
    /// At most so many, the oldest first.
    std::optional<std::size_t> limit;

    [[nodiscard]] bool takes(const Exchange& row) const;
    /// `provider` is who called; what only exchanges have (operation, faults) takes none.
    [[nodiscard]] bool takes(const Outbound& row) const;
    /// Events of connections have nothing but a number to be asked for.
    [[nodiscard]] bool takes(const ConnectionEvent& event) const;
};

/// One JSON object per line and exchange:
///
///     {"seq":4,"t_ms":12.250,"time":"2026-01-01T00:00:00.012Z","type":"exchange","conn":2,"op":3,
///      "attempt":2,"tls":false,"listener":"http","provider":"npm","operation":"get_packument","method":"GET","path":"/left-box",
///      "query":"","key":null,"headers":{...},"body_sha256":null,"bytes_in":0,"decision":"fault",
///      "fault":"f1","faults":[{"id":"f1","kind":"status"}],"held":false,"delay_ms":0,
///      "effect":"none","facts":{},"status":503,"reply":"sent","retry_after_s":1,"not_before_ms":1012.8,
///      "finished_ms":12.800,"bytes_out":180,"closed_by":null}
///
/// What the sandbox asked of the program (webhooks, visitors) stands between them with `"type":
/// "outbound"`: `seq`, `t_ms`, `time`, `from`, `method`, `path`, `status`, `error`, `finished_ms`,
/// `facts`.
///
/// And so does what befell connections, with `"type": "connection"`: `event` (`accepted`, `tls`,
/// `tls_failed`, `closed`), `conn`, `listener`; of `accepted` the `peer`; of `tls` and `tls_failed`
/// `version`, `server_name`, `why`, `by` (`client` or `sandbox`: whose alert it was) and `fault`;
/// of `closed` `by` (who closed first), `how` (`fin`, `reset`) and `requests`.
///
/// Secrets that the process knows (`Scrubber::of_process()`) are `***`, whatever field they are in.
///
/// Times are milliseconds since the run's start. `op` and `attempt` group attempts as the judge
/// does. `reply` is `sent`, `partial` (cut after some bytes), `lost` (no byte left) or `pending`.
[[nodiscard]] std::string journal_ndjson(const Journal& journal, const JournalFilter& filter = {});
/// The same rows, without connections, as `{"rows": [...], "dropped": n}`.
[[nodiscard]] std::string journal_json(const Journal& journal, const JournalFilter& filter = {});
[[nodiscard]] std::size_t count_rows(const Journal& journal, const JournalFilter& filter);

/// One row, without `op` and `attempt`, which only the whole journal tells (they are null).
[[nodiscard]] std::string journal_row(const Journal& journal, const Exchange& row);
[[nodiscard]] std::string journal_row(const Journal& journal, const Outbound& row);
[[nodiscard]] std::string journal_row(const Journal& journal, const ConnectionEvent& event);

}  // namespace apilab::sandbox
