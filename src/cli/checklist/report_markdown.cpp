#include <fmt/format.h>

#include <algorithm>

#include "checklist/report.hpp"

namespace apilab::cli::checklist {

namespace {

// As it is read: no emphasis, no link, no tag, no new cell, nobody is called.
std::string escaped(std::string_view text) {
    constexpr std::string_view marks = "\\`*_[]|~";
    constexpr std::string_view nothing = "<!-- -->";
    const auto shown = plain(text);
    std::string out;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const char c = shown[i];
        if (c == '&' || c == '<' || c == '>') {
            out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;";
            continue;
        }
        out += marks.contains(c) ? "\\" : "";
        out += c;
        // `@team` would be told, `#12` told and linked, `https://` linked.
        const bool calls = c == '@' || c == '#' || (c == ':' && shown.substr(i + 1, 2) == "//");
        out += calls ? nothing : "";
    }
    return out;
}

// What we have written ourselves.
std::string own(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : std::string(1, c);
    }
    return out;
}

// In a cell of a table: `|` would begin another one even in here.
std::string code(std::string_view text) {
    const auto shown = plain(text);
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char c : shown) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    const std::string gap = longest > 0 ? " " : "";
    return fence + gap + own(shown) + gap + fence;
}

std::string evidence_cell(const Answer& answer) {
    std::string text;
    std::size_t shown = 0;
    for (const auto& one : answer.evidence) {
        if (shown++ == evidence_shown_max) {
            text += fmt::format("<br>and {} more", answer.evidence.size() - evidence_shown_max);
            break;
        }
        text += (text.empty() ? "" : "<br>") + code(words_of(one));
    }
    return text;
}

std::string failed_part(const Report& report) {
    std::string text;
    for (const auto& line : report.lines) {
        if (line.answer.state == State::fail) {
            text += fmt::format("- **{}** {}: {}\n", line.item.id, own(line.item.item),
                                escaped(line.answer.sentence));
        }
    }
    return text.empty() ? text : "\n## What fails\n\n" + text;
}

std::string groups_table(const Report& report) {
    std::string text =
        "| group | pass | fail | untested | open | answered | does not apply |\n"
        "| --- | --: | --: | --: | --: | --: | --: |\n";
    for (std::size_t i = 0; i < report.lines.size();) {
        const auto& first = report.lines[i].item;
        std::vector<Line> lines;
        for (; i < report.lines.size() && report.lines[i].item.id[0] == first.id[0]; ++i) {
            lines.push_back(report.lines[i]);
        }
        text += fmt::format("| {}. {} ", first.id.substr(0, 1), own(first.group));
        for (const auto state : {State::pass, State::fail, State::untested, State::open,
                                 State::answered, State::not_applicable}) {
            text += fmt::format("| {} ", count(lines, state));
        }
        text += "|\n";
    }
    return text;
}

std::string items_tables(const Report& report) {
    std::string text;
    char group = 0;
    for (const auto& line : report.lines) {
        const auto& item = line.item;
        if (item.id[0] != group) {
            group = item.id[0];
            text += fmt::format(
                "\n## {}. {}\n\n| | state | item | what was seen | evidence |\n"
                "| --- | --- | --- | --- | --- |\n",
                group, own(item.group));
        }
        const bool failed = line.answer.state == State::fail;
        const auto state =
            fmt::format("{0}{1}{0}", failed ? "**" : "", to_string(line.answer.state));
        text += fmt::format("| {} | {} | {} | {} | {} |\n", item.id, state, own(item.item),
                            escaped(sentence_below(line)), evidence_cell(line.answer));
    }
    return text;
}

std::string questions_part(const Report& report) {
    std::string text;
    for (const auto& line : report.lines) {
        if (line.question.empty() || line.answer.state == State::not_applicable) {
            continue;
        }
        text += fmt::format("\n**{}** {}\n\n> answer:", line.item.id, own(line.question));
        if (line.persons) {
            const auto& said = *line.persons;
            text += fmt::format(" {} ({}, {}){}", escaped(said.answer), escaped(said.by),
                                escaped(said.on), said.link.empty() ? "" : " " + code(said.link));
        }
        text += "\n";
    }
    return text.empty() ? text : "\n## Questions for a person\n" + text;
}

std::string not_applicable_part(const Report& report) {
    std::string text;
    for (const auto& line : report.lines) {
        if (line.answer.state == State::not_applicable) {
            text += fmt::format("- **{}** {}: *{}*\n", line.item.id, own(line.item.item),
                                escaped(line.answer.sentence));
        }
    }
    return text.empty() ? text : "\n## What does not apply\n\n" + text;
}

std::string episodes_part(const Report& report) {
    std::string text;
    for (const auto& episode : report.episodes) {
        text += fmt::format("| {} | {} | {} |\n", code(episode.id),
                            episode.trouble.empty() ? "as planned" : escaped(episode.trouble),
                            episode.kept.empty() ? "" : code(episode.kept));
    }
    return text.empty()
               ? text
               : "\n## What was run\n\n| episode | | kept in |\n| --- | --- | --- |\n" + text;
}

}  // namespace

std::string report_markdown(const Report& report) {
    return fmt::format("# Integration checklist: {}\n\n**{}.** Seed {}.\n\n{}{}{}{}{}{}",
                       escaped(report.name), sentence_of(summary_of(report.lines)), report.seed,
                       groups_table(report), failed_part(report), items_tables(report),
                       questions_part(report), not_applicable_part(report), episodes_part(report));
}

}  // namespace apilab::cli::checklist
