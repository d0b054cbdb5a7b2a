#include <algorithm>
#include <array>

#include "rules.hpp"

namespace apilab::arch {
namespace {

enum class Where { library, everywhere };

struct Banned {
    std::string_view name;
    bool call = true;
    Where where = Where::library;
    std::string_view instead;
    /// Paths (prefixes) where it is right.
    std::array<std::string_view, 2> except{};
};

// The two implementations of Clock that are the real thing.
constexpr std::array<std::string_view, 2> real_clocks{"src/apilab/base/clock.cpp",
                                                      "src/apilab/runtime/real_scheduler.cpp"};

// What stands in for the standard streams.
constexpr std::array<std::string_view, 2> stands_in{"src/apilab/base/scrubbed_stdio.cpp"};

constexpr std::string_view no_output = "library code does not print: return a value or an Error";
constexpr std::string_view no_exit = "library code does not end the program: return an Error";
constexpr std::string_view use_clock = "time is passed in: Clock, Scheduler or a parameter `now`";
constexpr std::string_view use_rng = "chance is passed in: Rng";
constexpr std::string_view use_scheduler = "wait through Scheduler (tests: VirtualScheduler)";

constexpr std::array banned_calls{
    Banned{"cout", false, Where::library, no_output, stands_in},
    Banned{"cerr", false, Where::library, no_output, stands_in},
    Banned{"clog", false, Where::library, no_output},
    Banned{"printf", true, Where::library, no_output},
    Banned{"fprintf", true, Where::library, no_output},
    Banned{"puts", true, Where::library, no_output},
    Banned{"fmt::print", true, Where::library, no_output},
    Banned{"exit", true, Where::library, no_exit},
    Banned{"_exit", true, Where::library, no_exit},
    Banned{"quick_exit", true, Where::library, no_exit},
    Banned{"getenv", true, Where::library,
           "the environment is read by programs and handed in as options"},
    Banned{"secure_getenv", true, Where::library,
           "the environment is read by programs and handed in as options"},
    Banned{"system_clock::now", true, Where::library, use_clock, real_clocks},
    Banned{"steady_clock::now", true, Where::library, use_clock, real_clocks},
    Banned{"high_resolution_clock", false, Where::everywhere, use_clock},
    Banned{"clock_gettime", true, Where::library, use_clock},
    Banned{"gettimeofday", true, Where::library, use_clock},
    Banned{"rand", true, Where::everywhere, use_rng},
    Banned{"srand", true, Where::everywhere, use_rng},
    Banned{"random_device", false, Where::everywhere, use_rng, {"src/apilab/base/rng.cpp"}},
    Banned{"this_thread::sleep_for",
           true,
           Where::everywhere,
           use_scheduler,
           // A slower disk, within a process that is measured; a program that knows no better.
           {"bench/peers/slow_sync.cpp", "examples/naive_service/"}},
    Banned{"this_thread::sleep_until", true, Where::everywhere, use_scheduler},
    Banned{"usleep", true, Where::everywhere, use_scheduler},
    Banned{"co_spawn",
           false,
           Where::everywhere,
           "spawn through runtime::TaskGroup",
           {"src/apilab/runtime/internal/spawn.cpp"}},
    Banned{"http::async_read", false, Where::everywhere, "feed the parser by hand"},
    Banned{"http::async_write", false, Where::everywhere, "write serialised bytes"},
};

bool is_library(std::string_view path) {
    return path.starts_with("src/apilab/") && !is_test(path);
}

// Kept in halves, so that this file does not hold what it looks for.
struct Needle {
    std::string_view front;
    std::string_view back;
    std::string_view message;
};

constexpr std::string_view no_registry =
    "names a package registry: its address comes from the user's own configuration";
constexpr std::array needles{
    Needle{"registry.npm", "js.com", no_registry},
    Needle{"npm", "js.org", no_registry},
    Needle{"registry.yarn", "pkg.com", no_registry},
    Needle{"npm.pkg.", "github.com", no_registry},
    Needle{"pypi.", "org", no_registry},
    Needle{"index.crates.", "io", no_registry},
    Needle{"static.crates.", "io", no_registry},
    Needle{"rubygems.", "org", no_registry},
    Needle{"proxy.golang.", "org", no_registry},
    Needle{"repo1.maven.", "org", no_registry},
    Needle{"deb.", "debian.org", no_registry},
    Needle{"security.", "debian.org", no_registry},
};
constexpr std::string_view no_machine = "holds an absolute path of one machine";
constexpr std::array machine_roots{
    Needle{"/ho", "me/", no_machine},
    Needle{"/ro", "ot/", no_machine},
    Needle{"/Us", "ers/", no_machine},
    Needle{"/wo", "rk/", no_machine},
};

Violations find_needle(const SourceFile& file, const Needle& needle, bool at_start_of_path) {
    Violations violations;
    const std::string text = std::string(needle.front) + std::string(needle.back);
    for (auto at = file.text.find(text); at != std::string::npos;
         at = file.text.find(text, at + 1)) {
        // `apilab/work/` and `https://host/home/` are other paths, that only contain the words.
        static constexpr std::string_view path_chars =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/{}~*$";
        if (at_start_of_path && at > 0 &&
            path_chars.find(file.text[at - 1]) != std::string_view::npos) {
            continue;
        }
        violations.push_back({file.path, line_at(file.text, at), std::string(needle.message)});
    }
    return violations;
}

}  // namespace

Violations check_banned_calls(const SourceFile& file) {
    Violations violations;
    if (!is_cpp(file.path)) {
        return violations;
    }
    const std::string code = code_only(file.text);
    for (const Banned& banned : banned_calls) {
        if (banned.where == Where::library && !is_library(file.path)) {
            continue;
        }
        if (std::ranges::any_of(banned.except, [&](std::string_view prefix) {
                return !prefix.empty() && file.path.starts_with(prefix);
            })) {
            continue;
        }
        for (std::size_t at : find_name(code, banned.name, banned.call)) {
            violations.push_back({file.path, line_at(code, at),
                                  std::string(banned.name) + ": " + std::string(banned.instead)});
        }
    }
    return violations;
}

Violations check_hosts_and_paths(const SourceFile& file) {
    Violations violations;
    for (const Needle& needle : needles) {
        std::ranges::move(find_needle(file, needle, false), std::back_inserter(violations));
    }
    for (const Needle& needle : machine_roots) {
        std::ranges::move(find_needle(file, needle, true), std::back_inserter(violations));
    }
    return violations;
}

Violations check_leftovers(const SourceFile& file) {
    static const std::array words{std::string("TO") + "DO", std::string("FIX") + "ME",
                                  std::string("XX") + "X"};
    Violations violations;
    for (const std::string& word : words) {
        for (std::size_t at : find_name(file.text, word, false)) {
            violations.push_back({file.path, line_at(file.text, at),
                                  "holds " + word + ": do it, or write it into an issue"});
        }
    }
    return violations;
}

}  // namespace apilab::arch
