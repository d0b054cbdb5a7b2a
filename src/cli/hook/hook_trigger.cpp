// apilab hook trigger: webhooks as their senders make them, and as nobody should take them.

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "environment.hpp"
#include "hook/hook.hpp"
#include "hook/hook_trigger.hpp"
#include "secret_argument.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

struct TriggerFlags {
    std::string type;
    std::string to;
    std::vector<std::string> secrets;
    std::vector<std::string> hostile;
    int count = 1;
    std::optional<std::uint64_t> seed;
    bool list = false;
};

ExitCode list_types(const Globals& globals) {
    if (globals.json) {
        json::array all;
        for (const auto& type : hook_types()) {
            all.push_back({{"type", fmt::format("{}:{}", type.from, type.name)},
                           {"handshake", type.handshake}});
        }
        fmt::print("{}\n",
                   json::serialize(json::object{{"version", 1}, {"types", std::move(all)}}));
        return ExitCode::success;
    }
    Table table({"TYPE", "SECRET"});
    for (const auto& type : hook_types()) {
        table.add({fmt::format("{}:{}", type.from, type.name),
                   std::string(hook_secret_variable(type.from))});
    }
    fmt::print("{}", table.to_string(globals.out()));
    return ExitCode::success;
}

// Those that are named, else the one in the environment. A handshake of Notion's needs none.
Result<std::vector<std::string>> secrets_of(const TriggerFlags& flags, const HookType& type) {
    std::vector<std::string> secrets;
    for (const auto& text : flags.secrets) {
        auto secret = secret_argument(text);
        if (!secret) {
            return fail(std::move(secret).error().in("--secret"));
        }
        secrets.emplace_back(secret->reveal());
    }
    const auto variable = hook_secret_variable(type.from);
    if (secrets.empty()) {
        if (auto value = environment(variable)) {
            Scrubber::of_process().add(Secret(*value));
            secrets.push_back(*std::move(value));
        }
    }
    const bool needs_none = type.handshake && type.from == "notion";
    if (secrets.empty() && !needs_none) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("no secret to sign with for {}", type.from))
                        .with_remedy(fmt::format("--secret env:NAME, or set {}", variable)));
    }
    return secrets;
}

Result<http::Url> target_of(const TriggerFlags& flags, const HookType& type) {
    auto url = http::Url::parse(flags.to.empty() ? fmt::format("http://{}", default_hook_address)
                                                 : flags.to);
    if (!url) {
        return fail(std::move(url).error().in("--to"));
    }
    return hook_url(*url, type.from);
}

struct Volley {
    Volley(std::vector<Shot> its_shots, http::Url url)
        : shots(std::move(its_shots)), to(std::move(url)), landed(shots.size()) {}

    runtime::RealScheduler scheduler;
    transport::AsioTransport way{scheduler, {}};
    std::vector<Shot> shots;
    http::Url to;
    std::vector<Landed> landed;
};

std::string outcome_of(const Landed& landed) {
    return landed.status ? std::to_string(*landed.status)
                         : std::string(to_string(landed.status.error().kind()));
}

void print_landed(const Volley& volley, std::size_t at, const Globals& globals) {
    if (globals.json) {
        return;
    }
    const Shot& shot = volley.shots[at];
    const Landed& landed = volley.landed[at];
    const bool fine = as_expected(shot.expected, landed.status);
    const auto terminal = globals.out();
    const auto outcome = outcome_of(landed);
    fmt::print("{}{:<11}{} {}{}\n",
               hook_columns(shot.letter.from, shot.letter.type, shot.letter.id),
               shot.hostile.empty() ? "genuine" : shot.hostile,
               fine ? terminal.green(outcome) : terminal.red(outcome), format_duration(landed.took),
               fine                                 ? ""
               : shot.expected == Expected::refused ? ", was to be refused"
                                                    : ", was to be taken");
    std::fflush(stdout);
}

// In their order; twins leave together.
runtime::Task<void> fire(Volley& volley, const Globals& globals) {
    for (std::size_t at = 0; at < volley.shots.size();) {
        runtime::TaskGroup group(volley.scheduler);
        std::size_t end = at;
        bool more = true;
        while (more) {
            more = volley.shots[end].with_next && end + 1 < volley.shots.size();
            group.spawn(shoot(volley.scheduler, volley.way, volley.shots[end], volley.to,
                              volley.landed[end]));
            ++end;
        }
        co_await group.join();
        for (; at < end; ++at) {
            print_landed(volley, at, globals);
        }
    }
}

void print_document(const Volley& volley, std::uint64_t seed, bool fine) {
    json::array deliveries;
    for (std::size_t at = 0; at < volley.shots.size(); ++at) {
        const Shot& shot = volley.shots[at];
        const Landed& landed = volley.landed[at];
        json::object one{
            {"from", shot.letter.from},
            {"type", shot.letter.type},
            {"id", shot.letter.id},
            {"hostile", shot.hostile},
            {"bytes", shot.letter.body.size()},
            {"status", nullptr},
            {"error", nullptr},
            {"took_ms", std::chrono::duration<double, std::milli>(landed.took).count()},
            {"as_expected", as_expected(shot.expected, landed.status)}};
        if (landed.status) {
            one["status"] = *landed.status;
        } else {
            one["error"] = to_string(landed.status.error().kind());
        }
        deliveries.push_back(std::move(one));
    }
    fmt::print("{}\n", json::serialize(json::object{{"version", 1},
                                                    {"to", volley.to.without_query()},
                                                    {"seed", seed},
                                                    {"as_expected", fine},
                                                    {"deliveries", std::move(deliveries)}}));
}

Result<ExitCode> trigger(const TriggerFlags& flags, const Globals& globals) {
    if (flags.list) {
        return list_types(globals);
    }
    APILAB_TRY(const auto type, find_hook_type(flags.type));
    APILAB_TRY(auto to, target_of(flags, type));
    APILAB_TRY(auto secrets, secrets_of(flags, type));
    // Another one every time: the receiver takes no event twice.
    const std::uint64_t seed = flags.seed ? *flags.seed : SystemRng().next() >> 1U;
    APILAB_TRY(auto shots, plan_shots({.type = type,
                                       .secrets = std::move(secrets),
                                       .hostile = flags.hostile,
                                       .count = flags.count,
                                       .seed = seed},
                                      RealClock().system_now()));
    Volley volley(std::move(shots), std::move(to));
    runtime::run(volley.scheduler, fire(volley, globals));
    bool fine = true;
    const Error* failed = nullptr;
    for (std::size_t at = 0; at < volley.shots.size(); ++at) {
        const auto& status = volley.landed[at].status;
        fine = fine && as_expected(volley.shots[at].expected, status);
        failed = !status && failed == nullptr ? &status.error() : failed;
    }
    if (globals.json) {
        print_document(volley, seed, fine);
    } else if (!globals.quiet) {
        fmt::print("{} sent to {}, seed {}: {}\n", volley.shots.size(), volley.to.without_query(),
                   seed,
                   fine ? "each was answered as a careful receiver does"
                        : "not each was answered as a careful receiver does");
    }
    if (failed != nullptr) {
        return report(*failed, globals);
    }
    return fine ? ExitCode::success : ExitCode::verdict_failed;
}

}  // namespace

void add_hook_trigger(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("trigger",
                                         "Send webhooks, genuine and hostile; 3 where one was not "
                                         "answered as it should");
    const auto flags = std::make_shared<TriggerFlags>();
    auto* type = command->add_option("TYPE", flags->type,
                                     "SENDER:NAME, such as github:push; a sender alone: its first");
    auto* list = command->add_flag("--list", flags->list, "The types that there are");
    list->excludes(type);
    command
        ->add_option("--to", flags->to,
                     fmt::format("Where to; without a path /webhooks/SENDER there (http://{})",
                                 default_hook_address))
        ->type_name("URL");
    command
        ->add_option("--secret", flags->secrets,
                     "env:NAME, @file or cmd:COMMAND (default: APILAB_GITHUB_WEBHOOK_SECRET, ...)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command
        ->add_option("--hostile", flags->hostile,
                     fmt::format("What is wrong with them, several by turns: {}", hostile_names()))
        ->delimiter(',')
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("WAY");
    command->add_option("--count", flags->count, "So many events")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--seed", flags->seed,
                        "The same seed makes the same events (default: other ones every time)");
    command->callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto code = trigger(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
