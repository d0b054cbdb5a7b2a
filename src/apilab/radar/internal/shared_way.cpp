#include "apilab/radar/internal/shared_way.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "apilab/base/secret.hpp"
#include "apilab/base/try.hpp"
#include "apilab/shared/redis_url.hpp"

namespace apilab::radar::internal {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// GitHub, "Rate limits for the REST API": 5,000 requests an hour with a token, whoever sends them.
// The hour begins when it likes: what is given on average and what is given at once are not more
// together. How much of it comes at once is ours.
constexpr policy::Quota github{.permits = 4'900, .window = hours(1), .burst = 100};
// Notion, "Request limits": three a second on average for an integration; more at once now and
// then, nobody says how many.
constexpr policy::Quota notion{.permits = 3, .window = seconds(1), .burst = 3};
// Slack, "Rate limits": chat.postMessage, one a second in a channel; its other methods have
// fifty and more a minute, of which a radar needs one now and then.
constexpr policy::Quota slack{.permits = 1, .window = seconds(1), .burst = 1};
// Gmail counts units by method, and gets one mail a week; npm and OSV know no account.

shared::SharedBudget budget(std::string_view name, const Secret& token, const http::Url& base,
                            std::string_view path, policy::Quota quota) {
    std::string prefix(base.path());
    while (prefix.ends_with('/')) {
        prefix.pop_back();
    }
    return {.name = fmt::format("{}:{}", name, token.fingerprint()),
            .origin = base.origin(),
            .path_prefix = prefix + std::string(path),
            .quota = quota};
}

}  // namespace

std::vector<shared::SharedBudget> shared_budgets(const Config& config) {
    std::vector<shared::SharedBudget> all;
    if (config.github_token) {
        all.push_back(budget("github", *config.github_token, config.urls.github, "/", github));
    }
    if (config.slack) {
        all.push_back(budget("slack.chat.postMessage", config.slack->token, config.urls.slack,
                             "/api/chat.postMessage", slack));
    }
    if (config.notion) {
        all.push_back(budget("notion", config.notion->token, config.urls.notion, "/v1/", notion));
    }
    return all;
}

Result<std::unique_ptr<SharedWay>> SharedWay::make(const Config& config,
                                                   runtime::Scheduler& scheduler,
                                                   runtime::Service& transport, Rng& rng,
                                                   shared::BudgetStore* store,
                                                   const std::string& worker) {
    std::unique_ptr<SharedWay> made(new SharedWay(transport));
    if (store == nullptr && config.shared.empty()) {
        return made;
    }
    if (store == nullptr) {
        auto url = shared::RedisUrl::parse(config.shared);
        if (!url) {
            return fail(Error(ErrorKind::invalid_argument, url.error().message())
                            .with_detail("shared")
                            .with_remedy(url.error().remedy())
                            .in("shared"));
        }
        made->redis_ = std::make_unique<shared::RedisBudgetStore>(scheduler, *std::move(url));
        store = made->redis_.get();
    }
    shared::BudgetServiceOptions options{
        .budgets = shared_budgets(config),
        .replica = fmt::format("{:.60}/{:016x}", worker, rng.next())};
    if (auto valid = options.validate(); !valid) {
        return fail(std::move(valid).error().in("shared"));
    }
    made->budgets_.emplace(scheduler, transport, *store, std::move(options));
    return made;
}

}  // namespace apilab::radar::internal
