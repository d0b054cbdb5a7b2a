// apilab sandbox services | chaos | fired | reset | clock: what steers a running sandbox.

#include <fmt/core.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <functional>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/url.hpp"
#include "command.hpp"
#include "sandbox/sandbox_admin.hpp"
#include "sandbox/sandbox_commands.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

using Ask = std::function<Result<ExitCode>()>;

void choose(CLI::App& command, const Globals& globals, Action& action, Ask ask) {
    command.callback([&globals, &action, ask = std::move(ask)] {
        action = [&globals, ask] {
            const auto code = ask();
            return code ? *code : report(code.error(), globals);
        };
    });
}

// The sandbox's answer as it is.
Result<ExitCode> print_text(const std::string& text) {
    fmt::print("{}\n", text);
    return ExitCode::success;
}

void print_sentences(std::string_view title, http::Json list) {
    for (const auto sentence : list.elements()) {
        fmt::print("  {:<10} {}\n", title, sentence.string_or(""));
        title = "";
    }
}

Result<ExitCode> show_services(const std::string& ready, bool fidelity, const Globals& globals) {
    APILAB_TRY(const auto text, ask_admin(ready, "GET", "/_sandbox/services"));
    if (globals.json) {
        return print_text(text);
    }
    APILAB_TRY(const auto document, http::JsonDocument::parse(text));
    Table table({"service", "operations", "requests", "unsupported"});
    for (const auto service : document.root()["services"].elements()) {
        if (fidelity) {
            fmt::print("{}\n", service["name"].string_or(""));
            const auto card = service["fidelity"];
            print_sentences("copied", card["copied"]);
            print_sentences("not copied", card["not_copied"]);
            print_sentences("differs", card["differs"]);
            print_sentences("sources", card["sources"]);
            continue;
        }
        table.add({std::string(service["name"].string_or("")),
                   std::to_string(service["operations"].size()),
                   std::to_string(service["requests"].integer().value_or(0)),
                   std::to_string(service["unsupported"].integer().value_or(0))});
    }
    if (!fidelity) {
        fmt::print("{}", table.to_string(globals.out()));
    }
    return ExitCode::success;
}

Result<ExitCode> show_faults(const std::string& ready, const Globals& globals) {
    APILAB_TRY(const auto text, ask_admin(ready, "GET", "/_sandbox/faults"));
    if (globals.json) {
        return print_text(text);
    }
    APILAB_TRY(const auto document, http::JsonDocument::parse(text));
    Table table({"id", "where", "what", "when", "matches", "hits", "completed"});
    for (const auto fault : document.root()["faults"].elements()) {
        const auto when = fault["when"];
        table.add({std::string(fault["id"].string_or("")),
                   std::string(fault["where"].string_or("")), fault["what"].to_text(),
                   when.missing() ? "always" : when.to_text(),
                   std::to_string(fault["matches"].integer().value_or(0)),
                   std::to_string(fault["hits"].integer().value_or(0)),
                   fault["completed"].boolean() == true ? "yes"
                   : fault["expired"].boolean() == true ? "expired"
                                                        : "no"});
    }
    fmt::print("{}", document.root()["faults"].size() == 0 ? "no fault is armed\n"
                                                           : table.to_string(globals.out()));
    return ExitCode::success;
}

struct ChaosFlags {
    std::vector<std::string> words;
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> nth;
    std::optional<std::uint64_t> every;
    std::optional<double> probability;
    std::optional<std::uint64_t> times;
    std::string ttl;
    std::string json_fault;
    bool clear = false;
    std::string remove;
};

// `status=503` and `stall={"at":"body"}`: JSON where it is some, else text.
json::value value_of(const std::string& text) {
    boost::system::error_code wrong;
    auto value = json::parse(text, wrong);
    return wrong ? json::value(text) : value;
}

Result<std::string> fault_text(const ChaosFlags& flags) {
    if (!flags.json_fault.empty()) {
        return flags.json_fault;
    }
    json::object what;
    for (std::size_t i = 1; i < flags.words.size(); ++i) {
        const auto& word = flags.words[i];
        const auto sign = word.find('=');
        if (sign == std::string::npos || sign == 0) {
            return fail(
                Error(ErrorKind::invalid_argument, fmt::format("'{}' is no NAME=VALUE", word))
                    .with_remedy("such as status=503, delay=200ms or reset=mid_body"));
        }
        what[word.substr(0, sign)] = value_of(word.substr(sign + 1));
    }
    json::object when;
    if (flags.first) {
        when["first"] = *flags.first;
    }
    if (flags.nth) {
        when["nth"] = *flags.nth;
    }
    if (flags.every) {
        when["every"] = *flags.every;
    }
    if (flags.probability) {
        when["probability"] = *flags.probability;
    }
    json::object fault{{"where", flags.words.front()}, {"what", std::move(what)}};
    if (!when.empty()) {
        fault["when"] = std::move(when);
    }
    if (flags.times) {
        fault["times"] = *flags.times;
    }
    if (!flags.ttl.empty()) {
        fault["ttl"] = flags.ttl;
    }
    return json::serialize(fault);
}

Result<ExitCode> chaos(const std::string& ready, const ChaosFlags& flags, const Globals& globals) {
    if (flags.clear || !flags.remove.empty()) {
        const auto path = flags.clear ? "/_sandbox/faults"
                                      : "/_sandbox/faults/" + http::percent_encode(flags.remove);
        APILAB_TRY([[maybe_unused]] const auto nothing, ask_admin(ready, "DELETE", path));
        return show_faults(ready, globals);
    }
    if (flags.words.empty() && flags.json_fault.empty()) {
        return show_faults(ready, globals);
    }
    APILAB_TRY(auto fault, fault_text(flags));
    APILAB_TRY(const auto armed, ask_admin(ready, "POST", "/_sandbox/faults", std::move(fault)));
    if (globals.json) {
        return print_text(armed);
    }
    APILAB_TRY(const auto document, http::JsonDocument::parse(armed));
    fmt::print("armed {}: {} {}\n", document.root()["id"].string_or(""),
               document.root()["where"].string_or(""), document.root()["what"].to_text());
    return ExitCode::success;
}

Result<ExitCode> reset(const std::string& ready, const Globals& globals) {
    APILAB_TRY(const auto text, ask_admin(ready, "POST", "/_sandbox/reset"));
    if (globals.json) {
        return print_text(text);
    }
    APILAB_TRY(const auto document, http::JsonDocument::parse(text));
    fmt::print("run {}, scenario {}, seed {}\n", document.root()["id"].string_or(""),
               document.root()["scenario"].string_or(""),
               document.root()["seed"].integer().value_or(0));
    return ExitCode::success;
}

struct ClockFlags {
    std::string verb = "show";
    std::string by;
};

Result<ExitCode> clock(const std::string& ready, const ClockFlags& flags, const Globals& globals) {
    if ((flags.verb == "advance") == flags.by.empty()) {
        return fail(
            Error(ErrorKind::invalid_argument, "a duration goes with advance, and only there")
                .with_remedy("such as: apilab sandbox clock advance 90s"));
    }
    const bool show = flags.verb == "show";
    APILAB_TRY(const auto text,
               ask_admin(ready, show ? "GET" : "POST",
                         show ? "/_sandbox/clock" : "/_sandbox/clock/" + flags.verb,
                         flags.by.empty() ? std::string()
                                          : json::serialize(json::object{{"by", flags.by}})));
    if (globals.json) {
        return print_text(text);
    }
    APILAB_TRY(const auto document, http::JsonDocument::parse(text));
    fmt::print("{}  {}\n", document.root()["now"].string_or(""),
               document.root()["state"].string_or(""));
    return ExitCode::success;
}

}  // namespace

void add_sandbox_services(CLI::App& group, const Globals& globals, Action& action) {
    auto* command =
        group.add_subcommand("services", "What the running sandbox emulates, and how truly");
    const auto ready = add_ready_file(*command);
    const auto fidelity = std::make_shared<bool>(false);
    command->add_flag("--fidelity", *fidelity,
                      "What is copied of each, what is not, and from where");
    choose(*command, globals, action,
           [=, &globals] { return show_services(*ready, *fidelity, globals); });
}

void add_sandbox_chaos(CLI::App& group, const Globals& globals, Action& action) {
    auto* command =
        group.add_subcommand("chaos", "Arm faults on the running sandbox, list, disarm");
    const auto ready = add_ready_file(*command);
    const auto flags = std::make_shared<ChaosFlags>();
    command->add_option("FAULT", flags->words,
                        "Where (github:*, npm:GET /{name}), then what: status=503 delay=200ms ...");
    command->add_option("--first", flags->first, "Only the first so many");
    command->add_option("--nth", flags->nth, "Only this one");
    command->add_option("--every", flags->every, "Each so-manieth");
    command->add_option("--probability", flags->probability, "By chance, from the run's seed");
    command->add_option("--times", flags->times, "So many in all");
    command->add_option("--ttl", flags->ttl, "Gone after so long");
    command->add_option("--json-fault", flags->json_fault, "The whole fault as JSON")
        ->excludes("FAULT");
    command->add_flag("--clear", flags->clear, "Disarm all");
    command->add_option("--remove", flags->remove, "Disarm the one of that id");
    choose(*command, globals, action, [=, &globals] { return chaos(*ready, *flags, globals); });

    auto* fired =
        group.add_subcommand("fired", "The armed faults, how often each fired and which are done");
    const auto fired_ready = add_ready_file(*fired);
    choose(*fired, globals, action, [=, &globals] { return show_faults(*fired_ready, globals); });

    auto* again = group.add_subcommand("reset", "The run from its beginning");
    const auto reset_ready = add_ready_file(*again);
    choose(*again, globals, action, [=, &globals] { return reset(*reset_ready, globals); });
}

void add_sandbox_clock(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("clock", "The running sandbox's time: show it, move it");
    const auto ready = add_ready_file(*command);
    const auto flags = std::make_shared<ClockFlags>();
    command->add_option("VERB", flags->verb, "show, advance, freeze or resume")
        ->check(CLI::IsMember({"show", "advance", "freeze", "resume"}))
        ->capture_default_str();
    command->add_option("DURATION", flags->by, "With advance: 90s, 2h, 7d");
    choose(*command, globals, action, [=, &globals] { return clock(*ready, *flags, globals); });
}

}  // namespace apilab::cli
