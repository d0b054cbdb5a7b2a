#include "internal/client_under_test.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/retry_after.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/send.hpp"

namespace exercise::internal {
namespace {

namespace auth = apilab::auth;
namespace client = apilab::client;
namespace runtime = apilab::runtime;
using apilab::Secret;
using namespace std::chrono_literals;

constexpr std::size_t pieces = 6;
constexpr Duration patience = 10min;
constexpr int stubborn_max = 8;  // even what never stops stops here

auth::OAuth2Options oauth_of(const Surroundings& world) {
    const auto value = [&](const std::string& name) {
        const auto found = world.environment.find(name);
        return found == world.environment.end() ? std::string() : found->second;
    };
    return {.token_url = world.base.with("/oauth/token"),
            .client_id = value("APILAB_OAUTH_CLIENT_ID"),
            .client_secret = Secret(value("APILAB_OAUTH_CLIENT_SECRET")),
            .refresh_token = Secret(value("APILAB_OAUTH_REFRESH_TOKEN"))};
}

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A client written by hand, with whatever habits it has.
class HandWritten {
public:
    HandWritten(Surroundings world, Habits habits, Work work)
        : world_(std::move(world)),
          habits_(habits),
          needs_token_(work == Work::documents),
          jobs_(requests_of(world_.base, work)),
          oauth_(oauth_of(world_)),
          refresh_(oauth_.refresh_token),
          door_(world_.scheduler, 1) {}

    Task<void> worker() {
        while (next_ < jobs_.size()) {
            co_await job(jobs_[next_++]);
        }
    }
    [[nodiscard]] std::size_t done() const { return done_; }

private:
    Task<void> job(Request request) {
        if (dead_ && habits_.stops_at_invalid_grant) {
            co_return;
        }
        int cycles = 0;
        std::optional<Secret> stuck;
        for (int attempt = 1; attempt <= habits_.attempts_max;) {
            co_await wait_until(gate_);
            if (needs_token_ && access_.empty() && !co_await renew({})) {
                co_return;
            }
            const Secret used = stuck.value_or(access_);
            auto answer = co_await ask(request, used);
            if (answer && answer->ok()) {
                ++done_;
                co_return;
            }
            if (needs_token_ && answer && wants_token(*answer)) {
                if (cycles++ >= habits_.cycles_max || !co_await renew(used) || !habits_.replays) {
                    co_return;
                }
                stuck = habits_.replays_with_the_old ? std::optional(used) : std::nullopt;
                continue;
            }
            const auto wait = worth_waiting(answer, attempt++);
            if (!wait) {
                co_return;
            }
            if (habits_.everybody_waits) {
                gate_ = std::max(gate_, world_.scheduler.now() + *wait);
            }
            co_await wait_until(world_.scheduler.now() + *wait);
        }
    }

    // Asks, and goes where it is led as far as it goes at all.
    Task<Result<Response>> ask(Request request, Secret token) {
        auto url = request.url();
        auto answer = co_await apilab::transport::send(world_.transport, dressed(request, token));
        for (int hop = 0; hop < habits_.hops_max && answer && answer->status() / 100 == 3; ++hop) {
            const auto there = url.resolve(std::string(answer->headers().value("location")));
            if (!there) {
                break;
            }
            url = *there;
            auto next = Request::get(url);
            const bool home = url.origin() == world_.base.origin();
            if (home || habits_.takes_token_along) {
                next = dressed(std::move(next), token);
            }
            answer = co_await apilab::transport::send(world_.transport, std::move(next));
        }
        co_return answer;
    }

    // The gate may move on while one waits at it.
    Task<void> wait_until(SteadyTime time) {
        do {
            (void)co_await world_.scheduler.sleep_until(time);
            time = std::max(time, gate_);
        } while (world_.scheduler.now() < time);
    }

    [[nodiscard]] bool wants_token(const Response& answer) const {
        return (answer.status() == 401 && habits_.refreshes) ||
               (answer.status() == 403 && habits_.refreshes_on_forbidden);
    }

    [[nodiscard]] Request dressed(Request request, const Secret& token) const {
        const std::string text(token.reveal());
        if (needs_token_ && habits_.token_in_query) {
            request.url(world_.base.with(request.url().path(), "access_token=" + text));
        } else if (needs_token_) {
            request.header("authorization", "Bearer " + text);
        } else {
            request.header("authorization",
                           "Bearer " + world_.environment.at("APILAB_GITHUB_TOKEN"));
        }
        return request;
    }

    [[nodiscard]] bool is_limit(const Response& answer) const {
        if (answer.status() == 429) {
            return true;
        }
        const bool says_so = answer.headers().contains("retry-after") ||
                             answer.headers().value("x-ratelimit-remaining") == "0" ||
                             answer.body().contains("secondary rate limit");
        return answer.status() == 403 &&
               (habits_.forbidden_is_limit || (says_so && habits_.forbidden_may_be_limit));
    }

    // How long before another attempt; nothing: it is not worth one.
    std::optional<Duration> worth_waiting(const Result<Response>& answer, int attempt) {
        const Duration backoff =
            habits_.backs_off ? 200ms * (1 << std::min(attempt, 6)) : Duration::zero();
        if (!answer) {
            return habits_.retries_lost ? std::optional(backoff) : std::nullopt;
        }
        const bool server_error = answer->status() >= 500 && habits_.retries_server_errors;
        const bool missing = answer->status() == 404 && habits_.retries_missing;
        if (!is_limit(*answer) && !server_error && !missing) {
            return std::nullopt;
        }
        Duration wait = announced(*answer).value_or(backoff);
        if (habits_.jitters) {
            wait += Duration(world_.rng.between(0, (wait / 4 + 100ms).count()));
        }
        return wait > patience ? std::nullopt : std::optional(wait);
    }

    [[nodiscard]] std::optional<Duration> announced(const Response& answer) const {
        const auto& headers = answer.headers();
        const auto now = world_.scheduler.system_now();
        if (headers.contains("retry-after")) {
            const auto read = apilab::http::parse_retry_after(headers, now).wait;
            const bool date = !all_digits(headers.value("retry-after"));
            if (!habits_.obeys_retry_after || !read || (date && !habits_.reads_dates)) {
                return std::nullopt;
            }
            return habits_.reads_milliseconds ? *read / 1000 : *read;
        }
        const auto text = headers.value("x-ratelimit-reset");
        if (headers.value("x-ratelimit-remaining") != "0" || !all_digits(text) ||
            !habits_.obeys_reset) {
            return std::nullopt;
        }
        std::int64_t seconds = 0;
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        return habits_.reset_is_a_duration
                   ? Duration(std::chrono::seconds(seconds))
                   : apilab::SystemTime(std::chrono::seconds(seconds)) - now + 1s;
    }

    // Is there another token than `refused` now?
    Task<bool> renew(Secret refused) {
        runtime::Semaphore::Permit inside;
        if (habits_.one_for_all) {
            auto permit = co_await door_.acquire();
            inside = std::move(*permit);
            if (!access_.empty() && !(access_ == refused)) {
                co_return true;
            }
        }
        const int tries = habits_.stops_at_invalid_grant ? 1 : stubborn_max;
        for (int i = 0; i < tries && !(dead_ && habits_.stops_at_invalid_grant); ++i) {
            const auto answer = co_await apilab::transport::send(
                world_.transport, auth::token_request(oauth_, refresh_));
            auto tokens = answer ? auth::read_token_answer(*answer) : apilab::fail(answer.error());
            if (tokens) {
                access_ = tokens->access_token;
                if (habits_.keeps_newest && !tokens->refresh_token.empty()) {
                    refresh_ = tokens->refresh_token;
                }
                co_return true;
            }
            dead_ = tokens.error().provider_code() == "invalid_grant";
            (void)co_await world_.scheduler.sleep_for(1s);
        }
        co_return false;
    }

    Surroundings world_;
    Habits habits_;
    bool needs_token_;
    std::vector<Request> jobs_;
    auth::OAuth2Options oauth_;
    Secret access_;
    Secret refresh_;
    runtime::Semaphore door_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
    SteadyTime gate_;
    bool dead_ = false;
};

/// The library's client at the same work.
class ByLibrary {
public:
    ByLibrary(const Surroundings& world, Work work)
        : name_(work == Work::documents ? "oauth" : "github"),
          jobs_(requests_of(world.base, work)),
          client_(*client::Client::create(world.scheduler, world.transport, world.rng,
                                          {.deadline = 30min, .retry = {.patience = patience}})),
          tokens_(world.scheduler, *client_, world.rng, oauth_of(world)),
          service_(*client_, tokens_, world.base.origin()) {
        if (work == Work::releases) {
            for (Request& job : jobs_) {
                job.header("authorization",
                           "Bearer " + world.environment.at("APILAB_GITHUB_TOKEN"));
            }
        }
    }
    Task<void> worker() {
        while (next_ < jobs_.size()) {
            runtime::CallContext context;
            context.operation.provider = name_;
            const auto answer = co_await service_.call(jobs_[next_++], std::move(context));
            done_ += answer && answer->ok() ? 1 : 0;
        }
    }
    [[nodiscard]] std::size_t done() const { return done_; }
    Task<void> close() { return tokens_.close(); }

private:
    std::string name_;
    std::vector<Request> jobs_;
    std::unique_ptr<client::Client> client_;
    auth::OAuth2TokenSource tokens_;
    auth::BearerAuth service_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
};

template <class Client>
Task<std::size_t> all_workers(runtime::Scheduler& scheduler, std::shared_ptr<Client> made,
                              std::size_t workers) {
    runtime::TaskGroup group(scheduler);
    for (std::size_t i = 0; i < workers; ++i) {
        group.spawn(made->worker());
    }
    co_await group.join();
    if constexpr (requires { made->close(); }) {
        co_await made->close();
    }
    co_return made->done();
}

}  // namespace

std::vector<Request> requests_of(const apilab::http::Url& base, Work work) {
    std::vector<Request> requests;
    for (std::size_t i = 1; i <= pieces; ++i) {
        const auto number = std::to_string(i);
        requests.push_back(Request::get(
            work == Work::documents
                ? base.with("/oauth/documents/" + number)
                : base.with("/github/repos/octo/hello/releases", "per_page=1&page=" + number)));
    }
    return requests;
}

Task<std::size_t> do_work(Surroundings world, Habits habits, Work work, std::size_t workers) {
    runtime::Scheduler& scheduler = world.scheduler;
    if (habits.is_library) {
        return all_workers(scheduler, std::make_shared<ByLibrary>(world, work), workers);
    }
    return all_workers(scheduler, std::make_shared<HandWritten>(std::move(world), habits, work),
                       workers);
}

}  // namespace exercise::internal
