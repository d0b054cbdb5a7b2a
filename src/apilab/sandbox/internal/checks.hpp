#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/judge/check.hpp"

namespace apilab::sandbox::internal {

using CheckList = std::vector<std::unique_ptr<Check>>;

/// A check made of its card and a function.
[[nodiscard]] std::unique_ptr<Check> make_check(Check::Card card,
                                                Finding (*judge)(const Evidence& evidence));

/// Told of every verdict of every check. For one test, which holds that each check was seen to
/// pass, to fail and not to know (judge/every_check_test.cpp); else null.
using VerdictWatch = void(std::string_view id, Verdict verdict);
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): one test program's own
extern VerdictWatch* verdict_watch;

/// A fact of a row, or an empty view.
[[nodiscard]] std::string_view fact(const Exchange& row, const std::string& name);

/// For sentences: `1 answer`, `2 answers`.
[[nodiscard]] std::string counted(std::size_t count, std::string_view one, std::string_view many);

/// Of the faults that hit, what the first one does that `fits` says yes to; null: none.
[[nodiscard]] const FaultWhat* struck_by(const Evidence& evidence,
                                         const std::vector<FaultDecision::Hit>& hits,
                                         bool (*fits)(const FaultWhat& what));

void add_connection_checks(CheckList& list);
void add_tls_checks(CheckList& list);
void add_run_checks(CheckList& list);
void add_redirect_checks(CheckList& list);
void add_retry_checks(CheckList& list);
void add_timeout_checks(CheckList& list);
void add_load_checks(CheckList& list);
void add_backoff_checks(CheckList& list);
void add_herd_checks(CheckList& list);
void add_log_checks(CheckList& list);
void add_metrics_checks(CheckList& list);
void add_service_checks(CheckList& list);
void add_part_checks(CheckList& list);
void add_document_checks(CheckList& list);
void add_corrupt_checks(CheckList& list);
void add_limit_checks(CheckList& list);
void add_pace_checks(CheckList& list);
void add_rate_limit_checks(CheckList& list);
void add_idempotency_checks(CheckList& list);
void add_session_checks(CheckList& list);
void add_secret_checks(CheckList& list);
void add_webhook_checks(CheckList& list);
void add_delivery_checks(CheckList& list);
void add_platform_checks(CheckList& list);
void add_limit_reset_checks(CheckList& list);
void add_auth_checks(CheckList& list);
void add_consent_checks(CheckList& list);
void add_test_checks(CheckList& list);
void add_checklist_checks(CheckList& list);
void add_game_checks(CheckList& list);
void add_runbook_checks(CheckList& list);

/// What a checklist that was handed in says: `ticked`, `ticked without proof`, `open`; nothing
/// where there is none.
[[nodiscard]] std::map<std::string, std::int64_t> checklist_numbers(
    const std::map<std::string, std::string>& handed_in);
void add_sync_checks(CheckList& list);
void add_page_checks(CheckList& list);
void add_cache_checks(CheckList& list);

/// Which limit refused a request: `primary`, `secondary`, `method`, `quota` (of a fault or of the
/// scenario's limits); empty: none.
[[nodiscard]] std::string_view limit_word(const Evidence& evidence, const Exchange& row);

/// Does `next` count for none of the limits that refused `told`? By the facts `bucket` and
/// `buckets` of a scenario's limits; without them a provider is one bucket.
[[nodiscard]] bool other_bucket(const Exchange& told, const Exchange& next);

/// A wait between two attempts of one operation, without a server's word about its length.
struct Gap {
    const Exchange* before = nullptr;
    const Exchange* after = nullptr;
    /// Of the attempt before, from 0.
    std::size_t index = 0;
    [[nodiscard]] Duration length() const { return after->first_byte - *before->finished; }
};
/// Every such wait of the run. Left out: where the client went away by itself, and a lost attempt
/// on a connection used before (RFC 9112 section 9.3.1 lets a client repeat that one at once).
[[nodiscard]] std::vector<Gap> free_gaps(const Evidence& evidence);

}  // namespace apilab::sandbox::internal
