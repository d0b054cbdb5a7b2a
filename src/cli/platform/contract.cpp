#include "platform/contract.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/duration.hpp"

namespace apilab::cli::platform {
namespace {

using Said = std::pair<Verdict, std::string>;

constexpr std::array signals{std::pair{std::string_view("SIGINT"), SIGINT},
                             std::pair{std::string_view("SIGTERM"), SIGTERM},
                             std::pair{std::string_view("SIGQUIT"), SIGQUIT},
                             std::pair{std::string_view("SIGUSR1"), SIGUSR1},
                             std::pair{std::string_view("SIGUSR2"), SIGUSR2},
                             std::pair{std::string_view("SIGHUP"), SIGHUP}};

const Life* first_life(const Observed& seen, bool (*wrong)(const Life&)) {
    const auto found = std::ranges::find_if(seen.lives, wrong);
    return found == seen.lives.end() ? nullptr : &*found;
}

Said listens(const Observed& seen) {
    const auto* bad = first_life(seen, [](const Life& life) { return !life.listens; });
    if (bad != nullptr) {
        return {Verdict::fail,
                fmt::format("instance {} never answered on port {}", bad->number, bad->port)};
    }
    return {Verdict::pass, "answers on the port that it was given"};
}

Said reachable(const Observed& seen) {
    if (first_life(seen, [](const Life& life) { return life.listens; }) == nullptr) {
        return {Verdict::unknown, "it does not listen"};
    }
    const auto* bad =
        first_life(seen, [](const Life& life) { return life.listens && !life.reachable; });
    if (bad != nullptr) {
        return {Verdict::fail, "answers on 127.0.0.1 only; the router comes from outside"};
    }
    return {Verdict::pass, "answers from outside"};
}

Said ready(const Observed& seen) {
    Duration slowest{};
    for (const auto& life : seen.lives) {
        if (!life.ready || *life.ready > seen.terms.ready_within) {
            return {Verdict::fail, fmt::format("instance {} was not healthy within {}", life.number,
                                               format_duration(seen.terms.ready_within))};
        }
        slowest = std::max(slowest, *life.ready);
    }
    return {Verdict::pass, fmt::format("healthy after {} at most", format_duration(slowest))};
}

Said health(const Observed& seen) {
    Duration slowest{};
    for (const auto& life : seen.lives) {
        if (life.health_failed > 0) {
            return {Verdict::fail,
                    fmt::format("{} failed {} times while instance {} ran", seen.terms.health_path,
                                life.health_failed, life.number)};
        }
        slowest = std::max(slowest, life.health_slowest);
    }
    if (slowest == Duration{}) {
        return {Verdict::unknown, "it was never asked while it ran"};
    }
    return {Verdict::pass, fmt::format("answers in {} at most", format_duration(slowest))};
}

Said stays(const Observed& seen) {
    for (const auto& life : seen.lives) {
        if (!life.told && life.code && !life.out_of_memory) {
            return {Verdict::fail,
                    fmt::format("instance {} ended by itself with {}", life.number, *life.code)};
        }
    }
    return {Verdict::pass, "runs until it is told to end"};
}

Said logs(const Observed& seen) {
    const bool all = std::ranges::all_of(seen.lives, &Life::wrote_log);
    return all ? Said{Verdict::pass, "stdout or stderr"}
               : Said{Verdict::fail, "an instance wrote nothing to stdout or stderr"};
}

Said files(const Observed& seen) {
    for (const auto& life : seen.lives) {
        if (!life.files.empty()) {
            return {Verdict::fail, fmt::format("{} goes with the instance", life.files.front())};
        }
    }
    return {Verdict::pass,
            seen.terms.volume ? "keeps everything on its volume" : "keeps nothing on its disk"};
}

Said user(const Observed& seen) {
    for (const auto& life : seen.lives) {
        if (life.user == 0U) {
            return {Verdict::unknown,
                    "it was started as root: try --user 10001, as an image's USER does"};
        }
    }
    const bool known =
        std::ranges::all_of(seen.lives, [](const Life& life) { return life.user.has_value(); });
    return known ? Said{Verdict::pass, fmt::format("user {}", *seen.lives.front().user)}
                 : Said{Verdict::unknown, "it ended before anybody looked"};
}

Said secrets(const Observed& seen) {
    for (const auto& life : seen.lives) {
        if (!life.secrets_shown.empty()) {
            return {Verdict::fail, fmt::format("the value of {} stands in its arguments or its log",
                                               fmt::join(life.secrets_shown, ", "))};
        }
    }
    return {Verdict::pass, "no secret of its environment in arguments or log"};
}

// Ended by itself: 0, or as a shell tells the end by SIGINT and SIGTERM.
bool good_code(int code) {
    return code == 0 || code == 128 + SIGINT || code == 128 + SIGTERM;
}

Said ends(const Observed& seen) {
    Duration slowest{};
    bool any = false;
    for (const auto& life : seen.lives) {
        if (!life.told || life.out_of_memory) {
            continue;
        }
        any = true;
        if (life.killed) {
            return {Verdict::fail, fmt::format("instance {} was killed {} after {}", life.number,
                                               format_duration(seen.terms.kill_timeout),
                                               name_of_signal(seen.terms.signal))};
        }
        if (life.code && !good_code(*life.code)) {
            return {Verdict::fail,
                    fmt::format("instance {} ended with {}", life.number, *life.code)};
        }
        slowest = std::max(slowest, life.end_took.value_or(Duration{}));
    }
    return any ? Said{Verdict::pass,
                      fmt::format("{} after {} at most, of {}", name_of_signal(seen.terms.signal),
                                  format_duration(slowest),
                                  format_duration(seen.terms.kill_timeout))}
               : Said{Verdict::unknown, "it was never told to end"};
}

Said rolls(const Observed& seen) {
    if (seen.lost > 0) {
        return {Verdict::fail, fmt::format("{} of {} requests that were sent to an instance were "
                                           "cut off or refused",
                                           seen.lost, seen.asked)};
    }
    if (seen.rolls == 0 || seen.asked == 0) {
        return {Verdict::unknown, "it was not replaced while it was used (--rolls 3)"};
    }
    return {
        Verdict::pass,
        seen.in_gap == 0
            ? fmt::format("{} requests over {} rolls", seen.asked, seen.rolls)
            : fmt::format("{} requests over {} rolls; {} came while the volume changed hands "
                          "({} at most) and have to be sent again",
                          seen.asked, seen.rolls, seen.in_gap, format_duration(seen.gap_longest))};
}

Said memory(const Observed& seen) {
    std::size_t most = 0;
    for (const auto& life : seen.lives) {
        if (life.out_of_memory) {
            return {Verdict::fail,
                    fmt::format("instance {} was killed at {} MiB of {}", life.number,
                                life.memory_max >> 20U, seen.terms.memory_max >> 20U)};
        }
        most = std::max(most, life.memory_max);
    }
    return most == 0 ? Said{Verdict::unknown, "it ended before anybody looked"}
                     : Said{Verdict::pass,
                            fmt::format("{} MiB of {}", most >> 20U, seen.terms.memory_max >> 20U)};
}

}  // namespace

Result<Terms> terms_of(std::string_view platform) {
    if (platform == "fly") {
        return Terms{.name = "fly", .signal = SIGINT};
    }
    if (platform == "railway") {
        // What it waits without drainingSeconds is told differently by different pages.
        return Terms{.name = "railway", .signal = SIGTERM, .kill_timeout = std::chrono::seconds(3)};
    }
    return fail(Error(ErrorKind::invalid_argument, fmt::format("no platform '{}'", platform))
                    .with_remedy("there are fly and railway"));
}

std::optional<int> signal_of(std::string_view name) {
    const auto found =
        std::ranges::find(signals, name, [](const auto& entry) { return entry.first; });
    return found == signals.end() ? std::nullopt : std::optional(found->second);
}

std::string name_of_signal(int number) {
    const auto found =
        std::ranges::find(signals, number, [](const auto& entry) { return entry.second; });
    return found == signals.end() ? fmt::format("signal {}", number) : std::string(found->first);
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass:
            return "pass";
        case Verdict::fail:
            return "fail";
        case Verdict::unknown:
            break;
    }
    return "unknown";
}

std::vector<Check> judge(const Observed& seen) {
    struct Entry {
        std::string_view id;
        std::string_view title;
        Said (*look)(const Observed&);
    };
    static constexpr std::array entries{
        Entry{"PORT", "listens on $PORT", listens},
        Entry{"ADDRESS", "listens on every address", reachable},
        Entry{"READY", "is healthy soon", ready},
        Entry{"HEALTH", "tells of its health quickly and always", health},
        Entry{"STAYS", "does not end by itself", stays},
        Entry{"LOG", "logs to stdout or stderr", logs},
        Entry{"DISK", "keeps nothing on a disk that goes with it", files},
        Entry{"USER", "is not root", user},
        Entry{"SECRETS", "shows no secret", secrets},
        Entry{"END", "ends by itself before it is killed", ends},
        Entry{"ROLLS", "loses no request while it is replaced", rolls},
        Entry{"MEMORY", "stays below its memory", memory}};
    std::vector<Check> checks;
    for (const auto& [id, title, look] : entries) {
        auto [verdict, what] =
            seen.lives.empty() ? Said{Verdict::unknown, "it did not run"} : look(seen);
        checks.push_back({.id = id, .title = title, .verdict = verdict, .what = std::move(what)});
    }
    return checks;
}

}  // namespace apilab::cli::platform
