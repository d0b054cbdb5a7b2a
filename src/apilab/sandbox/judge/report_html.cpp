#include <fmt/format.h>

#include "apilab/base/duration.hpp"
#include "apilab/base/markup.hpp"
#include "apilab/sandbox/internal/report_words.hpp"
#include "apilab/sandbox/judge/report.hpp"

namespace apilab::sandbox {
namespace {

using internal::counts_line;
using internal::sentence_of;
using internal::upper;
using internal::word_of;

constexpr std::string_view rules = R"(:root{--bg:#fff;--fg:#1b1f24;--dim:#667;--line:#d0d4da;
--good:#2a8a4a;--warn:#c98a00;--bad:#c8342b}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e7eb;--dim:#99a;--line:#3a4048;
--good:#4cbb72;--warn:#e0ad3a;--bad:#ef6f67}}
body{font:15px/1.5 system-ui,"DejaVu Sans",sans-serif;max-width:1000px;margin:0 auto;padding:16px;
background:var(--bg);color:var(--fg)}
h1{font-size:1.3em;overflow-wrap:anywhere}h2{font-size:1.1em;margin:1.4em 0 .4em}
table{border-collapse:collapse;width:100%}td,th{border:1px solid var(--line);padding:.3em .6em;
text-align:left;vertical-align:top;overflow-wrap:anywhere}th,td:nth-child(-n+2){overflow-wrap:normal}
td.pass{color:var(--good)}td.fail{color:var(--bad);font-weight:bold}td.warn{color:var(--warn)}
td.unknown,small,.dim{color:var(--dim)}tr:target{outline:2px solid var(--warn)}a{color:inherit}
)";

bool is_cited(const Timeline& timeline, std::uint64_t seq) {
    for (const auto& row : timeline.cited) {
        if (row.seq == seq) {
            return true;
        }
    }
    return false;
}

std::string row_links(const RunReport& report, const Finding& finding) {
    std::string text;
    for (const auto seq : finding.rows) {
        text += text.empty() ? "" : " ";
        text += is_cited(report.timeline, seq) ? fmt::format("<a href=\"#row-{0}\">{0}</a>", seq)
                                               : std::to_string(seq);
    }
    return text;
}

std::string checks_table(const RunReport& report) {
    std::string text =
        "<table><tr><th>verdict</th><th>kind</th><th>rule</th><th>found</th><th>rows</th></tr>\n";
    for (const auto& result : report.checks) {
        text += fmt::format(
            "<tr><td class=\"{0}\">{0}</td><td>{1}</td><td><b>{2}</b> "
            "{3}<br><small>{4}</small></td>"
            "<td>{5}</td><td>{6}</td></tr>\n",
            word_of(result), to_string(result.card.kind), escape_markup(result.card.id),
            escape_markup(result.card.title), escape_markup(result.card.source),
            escape_markup(sentence_of(result.finding)), row_links(report, result.finding));
    }
    return text + "</table>\n";
}

std::string timeline_part(const Timeline& timeline) {
    if (timeline.empty()) {
        return {};
    }
    auto text = fmt::format("<h2>What happened when</h2>\n{}", timeline_svg(timeline));
    text +=
        "<p class=\"dim\">A line is an operation, a tick an attempt: green was answered, "
        "yellow refused, red lost on the way. Dashes: the client was asked to wait. Shaded: a "
        "fault was at work.";
    if (timeline.rows_left_out > 0) {
        text += fmt::format(
            " {} more operations are left out here: those that met a fault or that "
            "a verdict goes by come first.",
            timeline.rows_left_out);
    }
    return text + "</p>\n";
}

std::string cited_part(const Timeline& timeline) {
    if (timeline.cited.empty()) {
        return {};
    }
    std::string text =
        "<h2>The rows</h2>\n<table><tr><th>row</th><th>at</th><th>asked</th><th>answer</th>"
        "<th>faults</th></tr>\n";
    for (const auto& row : timeline.cited) {
        text += fmt::format(
            "<tr "
            "id=\"row-{0}\"><td>{0}</td><td>{1}</td><td>{2}</td><td>{3}</td><td>{4}</td></tr>\n",
            row.seq, format_duration(row.at), escape_markup(row.asked), escape_markup(row.answered),
            escape_markup(row.faults));
    }
    return text + "</table>\n";
}

}  // namespace

std::string report_html(const RunReport& report) {
    auto text = fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>{}: {}</title>\n<style>{}{}</style>\n</head>\n<body>\n",
        upper(to_string(report.verdict)), escape_markup(report.run.scenario), rules,
        timeline_css());
    text += fmt::format("<h1>{}: {}, seed {}</h1>\n<p>{}.<br><span class=\"dim\">{}.</span></p>\n",
                        upper(to_string(report.verdict)), escape_markup(report.run.scenario),
                        report.run.seed, escape_markup(report.sentence),
                        escape_markup(counts_line(report)));
    text += timeline_part(report.timeline) + "<h2>What was judged</h2>\n" + checks_table(report) +
            cited_part(report.timeline);
    return text + "</body>\n</html>\n";
}

}  // namespace apilab::sandbox
