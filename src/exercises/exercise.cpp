#include "exercise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "apilab/auth/oauth2.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/scrubbed_stdio.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "internal/flags.hpp"
#include "internal/matrix.hpp"
#include "internal/report.hpp"
#include "internal/run_file.hpp"
#include "internal/stage.hpp"

namespace exercise {
namespace {

using internal::Flags;
using internal::Outcome;
using internal::Variant;

int exit_code(const std::vector<Outcome>& outcomes) {
    // With --compare the last one, production, is the program's own; with --runs the worst counts.
    const auto worse = [](const Outcome& a, const Outcome& b) {
        const auto rank = [](const Outcome& outcome) {
            return outcome.verdict() == "fail" ? 2 : (outcome.verdict() == "unknown" ? 1 : 0);
        };
        return rank(a) < rank(b);
    };
    const auto worst = std::ranges::max_element(outcomes, worse);
    if (worst == outcomes.end() || worst->verdict() == "unknown") {
        return 5;
    }
    return worst->verdict() == "fail" ? 3 : 0;
}

// Of several runs, the last one's stands.
apilab::Result<void> write_trace(const std::string& file, const Outcome& outcome) {
    if (!outcome.trace) {
        return {};
    }
    APILAB_CHECK(apilab::write_file_atomically(file, outcome.trace->text()));
    fmt::print(stderr, "every request: {}\n", file);
    return {};
}

apilab::Result<int> play(const Program& program, const Flags& flags) {
    std::vector<Outcome> counted;
    for (int i = 0; i < flags.runs; ++i) {
        const auto seed = flags.seed + static_cast<std::uint64_t>(i);
        std::vector<Outcome> shown;
        if (flags.compare) {
            auto naive = internal::perform(program, flags, Variant::naive, seed);
            if (!naive) {
                return apilab::fail(std::move(naive).error());
            }
            shown.push_back(std::move(*naive));
        }
        auto outcome = internal::perform(program, flags, flags.variant, seed);
        if (!outcome) {
            return apilab::fail(std::move(outcome).error());
        }
        shown.push_back(std::move(*outcome));
        fmt::print("{}", flags.json ? internal::to_json(program, shown)
                                    : internal::to_text(program, flags, shown));
        APILAB_CHECK(write_trace(flags.trace_file, shown.back()));
        counted.push_back(std::move(shown.back()));
    }
    internal::hand_over_runs(
        apilab::Scrubber::of_process().scrubbed(internal::to_json(program, counted)));
    return exit_code(counted);
}

apilab::Result<int> all_ways(const Program& program, const Flags& flags) {
    APILAB_CHECK(internal::play_matrix(program, flags));
    return 0;
}

class HandlerService final : public apilab::runtime::Service {
public:
    explicit HandlerService(Lab::Handler handler) : handler_(std::move(handler)) {}
    Task<Result<Response>> call(Request request,
                                apilab::runtime::CallContext /*context*/) override {
        return handler_(std::move(request));
    }

private:
    Lab::Handler handler_;
};

using Call = std::function<Task<Result<Response>>(const std::string& id, std::size_t caller)>;
Task<void> noted(Lab& lab, std::string id, std::size_t caller, const Call& call) {
    lab.ended(id, co_await call(id, caller));
}

}  // namespace

apilab::Secret secret_of(Lab& lab, const std::string& name) {
    const auto found = lab.environment().find(name);
    if (found == lab.environment().end()) {
        throw CannotStart(fmt::format("the environment variable {} is not set", name));
    }
    return apilab::Secret(found->second);
}

apilab::auth::OAuth2Options oauth2_client(Lab& lab, const std::string& provider,
                                          const std::string& consent) {
    std::string name = provider;
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' ? c - 'a' + 'A' : c; });
    const auto variable = [&](const std::string& end) {
        return secret_of(lab, fmt::format("APILAB_{}_{}", name, end));
    };
    return {.token_url = lab.get(fmt::format("/{}/token", provider)).url(),
            .client_id = std::string(variable("CLIENT_ID").reveal()),
            .client_secret = variable("CLIENT_SECRET"),
            .refresh_token = consent.empty() ? apilab::Secret() : variable(consent)};
}

Request bearing(const apilab::Secret& token, Request request) {
    request.header("authorization", "Bearer " + std::string(token.reveal()));
    return request;
}

Task<bool> have_effect(Lab& lab, std::string event, std::string key) {
    const auto body = fmt::format(R"({{"event":{}}})", apilab::http::json_quote(event));
    const auto answer =
        co_await apilab::transport::send(lab.transport(), lab.request("POST", "/effects", body),
                                         {.idempotency_key = std::move(key)});
    co_return answer && answer->ok();
}

Task<void> in_rounds(
    Lab& lab, Rounds plan,
    std::function<Task<Result<Response>>(const std::string& id, std::size_t caller)> call) {
    for (int round = 0; round < plan.rounds; ++round) {
        co_await lab.side_by_side(plan.callers, [&](Lab& same, std::size_t caller) {
            return noted(same, fmt::format("{}-{}", caller, round), caller, call);
        });
        co_await lab.sleep(plan.apart);
    }
}

Task<void> Lab::serve(Handler handler) {
    HandlerService service(std::move(handler));
    co_await meet_the_world(service);
}

std::int64_t occurrences(std::string_view text, std::string_view what) {
    std::int64_t count = 0;
    for (auto at = text.find(what); at != std::string_view::npos && !what.empty();
         at = text.find(what, at + what.size())) {
        ++count;
    }
    return count;
}

int run(const Program& program, int argc, char** argv) {
    apilab::add_secrets(apilab::Scrubber::of_process(), apilab::process_environment());
    const apilab::ScrubbedStdio scrubbed(apilab::Scrubber::of_process());
    try {
        const auto flags = internal::parse_flags(program, argc, argv);
        if (!flags.exit_code) {
            const auto code =
                flags.matrix_file.empty() ? play(program, flags) : all_ways(program, flags);
            if (!code) {
                fmt::print(stderr, "error: {}\n", code.error().to_string());
                return code.error().kind() == apilab::ErrorKind::invalid_argument ? 2 : 7;
            }
            return *code;
        }
        return *flags.exit_code;
    } catch (const CannotStart& reason) {
        fmt::print(stderr, "error: {}\n", reason.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "internal error: {}\n", error.what());
        return 70;
    }
}

}  // namespace exercise
