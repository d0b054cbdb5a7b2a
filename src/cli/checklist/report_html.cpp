#include <fmt/format.h>

#include "apilab/base/markup.hpp"
#include "checklist/report.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::string_view rules = R"(:root{--bg:#fff;--fg:#1b1f24;--dim:#667;--line:#d0d4da;
--good:#1f7a3d;--warn:#8a5c00;--bad:#b8271f}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e7eb;--dim:#99a;--line:#3a4048;
--good:#4cbb72;--warn:#e0ad3a;--bad:#ef6f67}}
body{font:15px/1.5 system-ui,"DejaVu Sans",sans-serif;max-width:1000px;margin:0 auto;padding:16px;
background:var(--bg);color:var(--fg)}
h1{font-size:1.3em;overflow-wrap:anywhere}h2{font-size:1.1em;margin:1.4em 0 .4em}
table{border-collapse:collapse;width:100%}td,th{border:1px solid var(--line);padding:.3em .6em;
text-align:left;vertical-align:top;overflow-wrap:anywhere}.items td:nth-child(-n+2){white-space:nowrap}
.items{table-layout:fixed}.items th:nth-child(1){width:2.4em}.items th:nth-child(2){width:5em}
.items th:nth-child(4){width:30%}
.pass{color:var(--good)}.fail{color:var(--bad);font-weight:bold}.untested,.open{color:var(--warn)}
small,.dim{color:var(--dim)}tr:target{outline:2px solid var(--warn)}a{color:inherit}
code{font-size:.9em;overflow-wrap:anywhere}
blockquote{border:1px solid var(--line);margin:.3em 0 1em;padding:.5em .8em;min-height:3em;
overflow-wrap:anywhere}
@media(max-width:600px){.items,.items tbody,.items tr,.items td{display:block}.items tr:first-child{
display:none}.items tr{border:1px solid var(--line);margin:.5em 0}.items td{border:0}}
)";

std::string safe(std::string_view text) {
    return escape_markup(plain(text));
}

// The class of a state: its name, but for `n/a`.
std::string_view class_of(State state) {
    return state == State::not_applicable ? "dim" : to_string(state);
}

std::string evidence_of(const Answer& answer) {
    std::string text;
    for (std::size_t i = 0; i < answer.evidence.size(); ++i) {
        if (i == evidence_shown_max) {
            text += fmt::format("<br>and {} more", answer.evidence.size() - i);
            break;
        }
        // The rest is there for who wants it.
        text += i == 1
                    ? fmt::format("<details><summary>{} more</summary>", answer.evidence.size() - 1)
                    : "";
        text += fmt::format("{}<code>{}</code>", i > 1 ? "<br>" : "",
                            escape_markup(words_of(answer.evidence[i])));
    }
    return text + (answer.evidence.size() > 1 ? "</details>" : "");
}

std::string failed_part(const Report& report) {
    std::string text;
    for (const auto& line : report.lines) {
        if (line.answer.state == State::fail) {
            text += fmt::format("<li><a href=\"#{0}\">{0}</a> {1}: {2}</li>\n", safe(line.item.id),
                                safe(line.item.item), safe(line.answer.sentence));
        }
    }
    return text.empty() ? text : "<h2>What fails</h2>\n<ul>\n" + text + "</ul>\n";
}

std::string items_tables(const Report& report) {
    std::string text;
    char group = 0;
    for (const auto& line : report.lines) {
        const auto& item = line.item;
        if (item.id[0] != group) {
            text += group == 0 ? "" : "</table>\n";
            group = item.id[0];
            text += fmt::format(
                "<h2>{}. {}</h2>\n<table class=\"items\"><tr><th></th><th>state</th>"
                "<th>item, and what was seen</th><th>evidence</th></tr>\n",
                group, safe(item.group));
        }
        text += fmt::format(
            "<tr id=\"{0}\"><td>{0}</td><td class=\"{1}\">{2}</td><td>{3}<br><small>{4}</small>"
            "</td><td>{5}</td></tr>\n",
            safe(item.id), class_of(line.answer.state), to_string(line.answer.state),
            safe(item.item), safe(sentence_below(line)), evidence_of(line.answer));
    }
    return text + (group == 0 ? "" : "</table>\n");
}

std::string questions_part(const Report& report) {
    std::string text;
    for (const auto& line : report.lines) {
        if (line.question.empty() || line.answer.state == State::not_applicable) {
            continue;
        }
        std::string said;
        if (line.persons) {
            const auto& [answer, by, on, link] = *line.persons;
            said = fmt::format("{} <small>{}, {} {}</small>", safe(answer), safe(by), safe(on),
                               safe(link));
        }
        text += fmt::format("<p><b>{}</b> {}</p>\n<blockquote>{}</blockquote>\n",
                            safe(line.item.id), safe(line.question), said);
    }
    return text.empty() ? text : "<h2>Questions for a person</h2>\n" + text;
}

std::string not_applicable_part(const Report& report) {
    std::string text;
    for (const auto& line : report.lines) {
        if (line.answer.state == State::not_applicable) {
            text += fmt::format("<li><b>{}</b> {}: <i>{}</i></li>\n", safe(line.item.id),
                                safe(line.item.item), safe(line.answer.sentence));
        }
    }
    return text.empty() ? text : "<h2>What does not apply</h2>\n<ul>\n" + text + "</ul>\n";
}

std::string episodes_part(const Report& report) {
    std::string text;
    for (const auto& episode : report.episodes) {
        text += fmt::format(
            "<tr><td>{}</td><td>{}</td><td><code>{}</code></td></tr>\n", safe(episode.id),
            episode.trouble.empty() ? "as planned" : safe(episode.trouble), safe(episode.kept));
    }
    return text.empty() ? text
                        : "<h2>What was run</h2>\n<table><tr><th>episode</th><th></th>"
                          "<th>kept in</th></tr>\n" +
                              text + "</table>\n";
}

}  // namespace

std::string report_html(const Report& report) {
    auto text = fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>Integration checklist: {0}</title>\n<style>{1}</style>\n</head>\n<body>\n"
        "<h1>Integration checklist: {0}</h1>\n<p>{2}.<br><span class=\"dim\">Seed "
        "{3}.</span></p>\n",
        safe(report.name), rules, sentence_of(summary_of(report.lines)), report.seed);
    text += failed_part(report) + items_tables(report) + questions_part(report) +
            not_applicable_part(report) + episodes_part(report);
    return text + "</body>\n</html>\n";
}

}  // namespace apilab::cli::checklist
