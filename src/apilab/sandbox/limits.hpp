#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/limit_dialect.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox {

/// How a limit counts.
enum class LimitKind : std::uint8_t {
    /// So many in a window that begins with its first request.
    window,
    /// A bucket of `burst` that fills by `limit` in `window`; each request takes one.
    token_bucket,
    /// A bucket of `burst` that each request fills by one and that loses `limit` in `window`.
    leaky_bucket,
    /// So many under way at a time, from a request's arrival to the end of its answer.
    concurrency,
    /// So many from midnight to midnight, UTC.
    daily,
    /// A bucket of units; a request takes what it costs.
    cost,
};
[[nodiscard]] std::string_view to_string(LimitKind kind);

/// One limit of a provider.
struct LimitRule {
    /// The IETF policy's name and GitHub's resource; in facts. Default `default`.
    std::string name = "default";
    LimitKind kind = LimitKind::window;
    /// Requests or units: per window, per day, or at a time. 1 to 1,000,000,000.
    std::int64_t limit = 60;
    /// 1 ms to 30 days. Default 60 s. Nothing to `daily` and `concurrency`.
    Duration window = std::chrono::seconds(60);
    /// How much a bucket holds. Default: `limit`.
    std::int64_t burst = 0;
    LimitDialect dialect = LimitDialect::plain;
    /// `Refusal::limit`. Default: `quota` for `daily`, `method` of Slack and Google, else
    /// `primary`.
    std::string says = "primary";
    /// 403, 429 or 503 in place of the dialect's own; 0: that.
    int status = 0;
    /// Empty: all operations.
    std::vector<std::string> operations;
    /// In place of `Provider::limit_cost` (`cost` only).
    std::map<std::string, std::int64_t, std::less<>> costs;
};
/// By provider.
using LimitRules = std::map<std::string, std::vector<LimitRule>, std::less<>>;

/// Reads what a provider's limits are: one object (`{"kind", "limit", "window", "burst", "dialect",
/// "name", "says", "status", "operations", "costs"}`), or an array of at most 8. Only `api` chooses
/// its dialect (default `ietf`); the others speak their own. Errors (`invalid_argument`, `detail()`
/// is the JSON pointer): an unknown key or value, a number out of range.
///
///     [limits.api]
///     kind = "token_bucket"
///     limit = 10
///     window = "1s"
///     burst = 20
///     dialect = "twitter"
[[nodiscard]] Result<std::vector<LimitRule>> parse_limits(http::Json json,
                                                          std::string_view provider,
                                                          std::string_view pointer = {});

struct LimitRequest {
    std::string_view provider;
    std::string_view operation;
    /// `Provider::limit_bucket`: requests of one text share a limit.
    std::string_view bucket;
    /// `Provider::limit_cost`.
    std::int64_t cost = 1;
    SteadyTime now;
    SystemTime system_now;
};

/// What the limits say to one request.
struct LimitAnswer {
    bool refused = false;
    /// The one that refuses, else the one with the least room; null: no limit is about it. Lives as
    /// long as the set.
    const LimitRule* rule = nullptr;
    /// `rule`'s name and whose it is: `default` or `search/3f9a`.
    std::string bucket;
    /// Of every limit that counts this request, with a space between.
    std::string buckets;
    /// What it took or would have taken.
    std::int64_t cost = 1;
    /// That of `rule` first.
    std::vector<LimitView> views;

    [[nodiscard]] bool concerned() const { return rule != nullptr; }
    [[nodiscard]] const LimitView& view() const { return views.front(); }

private:
    friend class LimitSet;
    struct Taken {
        std::size_t rule = 0;
        std::string key;
        std::int64_t units = 0;
    };
    std::vector<Taken> taken_;
};

/// The counters of a run's limits. Pure: times are handed in. A refused request takes nothing, from
/// none of the limits. At most 10,000 counters; who comes later shares one per limit.
class LimitSet {
public:
    static constexpr std::size_t counters_max = 10'000;

    LimitSet() = default;
    explicit LimitSet(const LimitRules& rules);
    LimitSet(const LimitSet&) = delete;
    LimitSet& operator=(const LimitSet&) = delete;

    [[nodiscard]] bool counts(std::string_view provider) const;
    [[nodiscard]] LimitAnswer ask(const LimitRequest& request);
    /// The answer has left or was given up: what counts requests under way has one less. Once for
    /// each answer.
    void finished(const LimitAnswer& answer);
    /// It was free after all (a 304 of GitHub): puts back what was taken, and says so in `answer`.
    void give_back(LimitAnswer& answer);

private:
    struct Counter {
        std::int64_t used = 0;
        double level = 0;
        // When the window began, or when the level was right.
        SteadyTime at;
        SystemTime day;
        bool begun = false;
    };
    struct Rule {
        std::string provider;
        LimitRule rule;
    };
    [[nodiscard]] Counter& counter(const std::string& key, std::size_t rule);
    [[nodiscard]] static std::int64_t capacity(const LimitRule& rule);
    static void bring_up(const LimitRule& rule, const LimitRequest& request, Counter& counter);
    [[nodiscard]] static Duration wait_for(const LimitRule& rule, const LimitRequest& request,
                                           const Counter& counter, std::int64_t units);
    [[nodiscard]] static LimitView view_of(const LimitRule& rule, const LimitRequest& request,
                                           const Counter& counter, Duration wait);

    std::vector<Rule> rules_;
    std::unordered_map<std::string, Counter> counters_;
};

}  // namespace apilab::sandbox
