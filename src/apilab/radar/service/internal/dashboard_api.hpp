#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/radar/service/call_history.hpp"
#include "apilab/radar/service/dashboard.hpp"
#include "apilab/radar/service/guard.hpp"
#include "apilab/radar/service/internal/live_events.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/store_writer.hpp"

// What stands behind the dashboard's JSON API: one function for each request.
namespace apilab::radar::internal {

/// So many of the quarantine are shown: each comes with its body, which may have 25 MiB.
inline constexpr std::size_t quarantine_max = 20;

/// What is needed of an item to rank it.
struct DecisionRow {
    std::string key;
    std::string watch;
    std::string state;
    int score = 0;
    bool actionable = false;
};
struct DecisionIndex {
    SteadyTime made;
    /// The highest score first, then by key.
    std::vector<DecisionRow> rows;
    /// There are more items than are ranked.
    bool more = false;
};

struct DashboardContext {
    Parts parts;
    DashboardOptions options;
    Rng& chance;
    Guard guard;
    std::shared_ptr<LiveHub> hub;
    /// Ranking reads every item; for a few seconds it does not do so again.
    std::optional<DecisionIndex> index;
    /// The same for what each watch's last run said.
    boost::json::object runs;
    SteadyTime runs_made;
};

struct ApiCall {
    /// What stood for the place in the path.
    std::string id;
    std::map<std::string, std::string, std::less<>> query;
    /// Of an action; null for what asks only.
    std::shared_ptr<const http::JsonDocument> body;
    Visitor visitor;

    [[nodiscard]] std::string_view text(std::string_view name) const;
};

using Answer = std::expected<boost::json::object, Refused>;
template <class T>
using Got = std::expected<T, Refused>;

[[nodiscard]] Refused not_found(std::string_view what);
/// 422: the field, and what would be right.
[[nodiscard]] Refused wrong_field(std::string_view field, std::string_view right);
/// 404, 409 and 422 by their kinds, else 503 (the store).
[[nodiscard]] Refused refused_by(const Error& error);

/// A number of the query within its range; nothing where it is none.
[[nodiscard]] Got<std::int64_t> number_of(const ApiCall& call, std::string_view name,
                                          std::int64_t fallback, std::int64_t least,
                                          std::int64_t most);

/// In the store; an error is what the visitor is told.
template <class T>
[[nodiscard]] runtime::Task<Got<T>> in_store(DashboardContext* context,
                                             std::function<Result<T>(work::Store&)> operation) {
    auto result = co_await context->parts.writer.template run<T>(std::move(operation));
    if (!result) {
        co_return std::unexpected(refused_by(result.error()));
    }
    co_return *std::move(result);
}

/// `2026-11-22T10:00:00.123Z`.
[[nodiscard]] std::string shown_time(SystemTime time);
[[nodiscard]] boost::json::value time_or_null(const std::optional<SystemTime>& time);
[[nodiscard]] double ms_of(Duration duration);
/// `open`, `snoozed`, `declined`, `resolved`.
[[nodiscard]] std::string_view state_of(const Item& item, SystemTime now);
/// One call as a line of a list.
[[nodiscard]] boost::json::object call_line(const CallHistory::Entry& entry);
/// JSON that may be sent: UTF-8, and no secret of the process in it.
[[nodiscard]] std::string answer_text(const boost::json::object& answer);

/// One entry of the audit log: written by the operation that does it.
struct Audited {
    std::string action;
    std::string target;
    /// What was asked for, JSON.
    std::string detail = {};
};
/// Writes it, and removes a few that are older than a year. `nonce` makes keys of one moment
/// differ.
[[nodiscard]] Result<void> write_audit(work::Store& store, const Visitor& visitor,
                                       const Audited& audited, std::string_view result,
                                       std::uint64_t nonce, SystemTime now);

using Task = runtime::Task<Answer>;
[[nodiscard]] Task get_now(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_decisions(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_calls(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_call(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_limits(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_breakers(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_tokens(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_drift(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_events(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_jobs(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_job(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_quarantine(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_outbox(DashboardContext* context, ApiCall call);
/// What was given up and waits for a person: jobs that are dead, messages that failed, that were
/// doubled, or of which nobody knows.
[[nodiscard]] Task get_dead(DashboardContext* context, ApiCall call);
[[nodiscard]] Task get_audit(DashboardContext* context, ApiCall call);
[[nodiscard]] Task do_redeliver(DashboardContext* context, ApiCall call);
[[nodiscard]] Task do_resolve(DashboardContext* context, ApiCall call);
[[nodiscard]] Task do_snooze(DashboardContext* context, ApiCall call);
[[nodiscard]] Task do_check(DashboardContext* context, ApiCall call);
[[nodiscard]] Task do_queue(DashboardContext* context, ApiCall call);
[[nodiscard]] Task do_quarantine(DashboardContext* context, ApiCall call);

/// The archive of one call; nothing: it is not kept any more.
[[nodiscard]] std::optional<std::string> har_of(const DashboardContext& context,
                                                std::string_view number);

}  // namespace apilab::radar::internal
