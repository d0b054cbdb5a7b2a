#include <fmt/format.h>

#include <algorithm>

#include "checklist/report.hpp"
#include "table.hpp"

namespace apilab::cli::checklist {

namespace {

std::string painted(const Terminal& terminal, State state) {
    const auto word = to_string(state);
    switch (state) {
        case State::pass:
            return terminal.green(word);
        case State::fail:
            return terminal.red(word);
        case State::untested:
        case State::open:
            return terminal.yellow(word);
        case State::answered:
        case State::not_applicable:
            break;
    }
    return terminal.dim(word);
}

std::string sentence_of(const Line& line) {
    if (line.answer.state == State::open) {
        return plain(line.question);
    }
    return plain(line.answer.sentence);
}

std::string evidence_of(const Answer& answer, bool verbose) {
    std::string text;
    for (const auto& one : answer.evidence) {
        text += (text.empty() ? "" : "; ") + words_of(one);
        if (!verbose) {
            break;
        }
    }
    return text;
}

}  // namespace

std::string report_text(const Report& report, const Terminal& terminal, bool verbose) {
    std::string text;
    for (std::size_t i = 0; i < report.lines.size();) {
        const auto group = report.lines[i].item.id.substr(0, 1);
        text += fmt::format("{}{}\n", text.empty() ? "" : "\n",
                            terminal.bold(group + ". " + report.lines[i].item.group));
        Table table({"id", "state", "what was seen", "evidence"});
        for (; i < report.lines.size() && report.lines[i].item.id.starts_with(group); ++i) {
            const auto& line = report.lines[i];
            table.add({line.item.id, painted(terminal, line.answer.state), sentence_of(line),
                       evidence_of(line.answer, verbose)});
        }
        table.hide_heading();
        text += table.to_string(terminal);
    }
    for (const auto& episode : report.episodes) {
        if (!episode.trouble.empty()) {
            text += fmt::format("\n{} {}: {}\n", terminal.yellow("did not run as planned:"),
                                plain(episode.id), plain(episode.trouble));
            if (!episode.kept.empty()) {
                text += fmt::format("  its log and journal: {}\n", plain(episode.kept));
            }
        }
    }
    return text;
}

std::string next_steps(const Report& report, std::string_view against, bool nothing_ran) {
    std::string text;
    if (nothing_ran) {
        text +=
            "nothing was run: `command` of [service] in integrations.toml says how "
            "(apilab explain integrations.toml)\n";
    }
    const auto first = [&report](State state) {
        const auto at = std::ranges::find(report.lines, state,
                                          [](const Line& line) { return line.answer.state; });
        return at == report.lines.end() ? std::string() : at->item.id;
    };
    if (const auto id = first(State::fail); !id.empty()) {
        text += fmt::format(
            "next: apilab checklist run{1} --item {0} -v; what it asks: apilab checklist show "
            "{0}\n",
            id, against == "." ? "" : fmt::format(" --against {}", plain(against)));
    } else if (const auto open = first(State::open); !open.empty()) {
        text += fmt::format(
            "next: apilab checklist show {}; answers stand in [answers] of integrations.toml\n",
            open);
    }
    return text;
}

}  // namespace apilab::cli::checklist
