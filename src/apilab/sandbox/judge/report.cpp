#include "apilab/sandbox/judge/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "apilab/base/markup.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/sandbox/internal/report_words.hpp"

namespace apilab::sandbox {

namespace json = boost::json;
using internal::counts_line;
using internal::sentence_of;
using internal::upper;
using internal::word_of;

namespace {

std::string coloured(std::string text, Verdict verdict, bool colour) {
    if (!colour) {
        return text;
    }
    const auto* code = verdict == Verdict::pass ? "32" : verdict == Verdict::fail ? "31" : "33";
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

// A cell of a Markdown table.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : std::string(1, c == '\n' ? ' ' : c);
    }
    return out;
}

json::object check_json(const CheckResult& result) {
    const auto& [card, decides, finding] = result;
    json::object object;
    object["id"] = card.id;
    object["kind"] = to_string(card.kind);
    object["level"] = to_string(card.level);
    object["title"] = card.title;
    object["source"] = card.source;
    object["decides"] = decides;
    object["verdict"] = to_string(finding.verdict);
    object["reason"] = finding.reason == UnknownReason::none
                           ? json::value(nullptr)
                           : json::value(to_string(finding.reason));
    object["warning"] = finding.warning;
    object["sentence"] = finding.sentence;
    object["rows"] = json::array(finding.rows.begin(), finding.rows.end());
    return object;
}

}  // namespace

int exit_code(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass:
            return 0;
        case Verdict::fail:
            return 3;
        case Verdict::unknown:
            return 5;
    }
    return 70;
}

Result<ReportFormat> report_format(std::string_view file_name) {
    const auto extension = std::filesystem::path(file_name).extension().string();
    for (const auto& [known, format] :
         {std::pair(".json", ReportFormat::json), std::pair(".md", ReportFormat::markdown),
          std::pair(".html", ReportFormat::html), std::pair(".xml", ReportFormat::junit),
          std::pair(".txt", ReportFormat::text)}) {
        if (extension == known) {
            return format;
        }
    }
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("report file '{}': the extension names no format", file_name))
                    .with_remedy("end it in .json, .html, .md, .xml (JUnit) or .txt"));
}

std::string report_text(const RunReport& report, ReportStyle style) {
    std::string text =
        fmt::format("verdict  {}  {}, seed {}: {}\n         {}\n",
                    coloured(fmt::format("{:<7}", upper(to_string(report.verdict))), report.verdict,
                             style.colour),
                    report.run.scenario, report.run.seed, report.sentence, counts_line(report));
    std::size_t left_out = 0;
    for (const auto& result : report.checks) {
        const Finding& finding = result.finding;
        if (finding.verdict == Verdict::unknown && !style.all_checks) {
            ++left_out;
            continue;
        }
        text += fmt::format(
            "{}  {:<6}  {:<6}  {}{}\n",
            coloured(fmt::format("{:<7}", word_of(result)),
                     finding.warning ? Verdict::unknown : finding.verdict, style.colour),
            to_string(result.card.kind), result.card.id, sentence_of(finding),
            finding.rows.empty() ? std::string()
                                 : fmt::format("  [rows {}]", fmt::join(finding.rows, " ")));
    }
    if (left_out > 0) {
        text += fmt::format("and {} that nothing here put to the test\n", left_out);
    }
    return text;
}

std::string report_json(const RunReport& report) {
    json::object run;
    run["id"] = report.run.id;
    run["scenario"] = report.run.scenario;
    run["seed"] = report.run.seed;
    run["stopped"] = report.run.stopped.has_value();
    run["elapsed_ms"] = std::chrono::floor<std::chrono::milliseconds>(report.elapsed).count();
    json::object counts;
    counts["requests"] = report.requests;
    counts["operations"] = report.operations;
    counts["faulted"] = report.faulted;
    counts["unsupported"] = report.unsupported;
    counts["rows_dropped"] = report.rows_dropped;
    json::array checks;
    for (const auto& result : report.checks) {
        checks.push_back(check_json(result));
    }
    json::object object;
    object["run"] = std::move(run);
    object["verdict"] = to_string(report.verdict);
    object["sentence"] = report.sentence;
    object["counts"] = std::move(counts);
    object["checks"] = std::move(checks);
    return Scrubber::of_process().scrubbed(json::serialize(object));
}

std::string report_markdown(const RunReport& report) {
    std::string text = fmt::format(
        "# {}: {}, seed {}\n\n{}. {}.\n\n| verdict | kind | rule | found | rows |\n"
        "| --- | --- | --- | --- | --- |\n",
        upper(to_string(report.verdict)), cell(report.run.scenario), report.run.seed,
        cell(report.sentence), counts_line(report));
    for (const auto& result : report.checks) {
        text += fmt::format("| {} | {} | {} {} | {} | {} |\n", word_of(result),
                            to_string(result.card.kind), result.card.id, cell(result.card.title),
                            cell(sentence_of(result.finding)), fmt::join(result.finding.rows, " "));
    }
    return text;
}

std::string report_junit(const RunReport& report) {
    std::size_t failures = 0;
    std::size_t skipped = 0;
    std::string cases;
    for (const auto& result : report.checks) {
        const Finding& finding = result.finding;
        const auto message = escape_markup(sentence_of(finding));
        std::string inner = fmt::format("<system-out>{}</system-out>", message);
        if (finding.verdict == Verdict::unknown) {
            ++skipped;
            inner = fmt::format("<skipped message=\"{}\"/>", message);
        } else if (finding.verdict == Verdict::fail && result.decides) {
            ++failures;
            inner = fmt::format("<failure message=\"{}\">rows {}</failure>", message,
                                fmt::join(finding.rows, " "));
        }
        cases += fmt::format("  <testcase classname=\"{}\" name=\"{} {}\">{}</testcase>\n",
                             to_string(result.card.kind), escape_markup(result.card.id),
                             escape_markup(result.card.title), inner);
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"apilab sandbox {}\" "
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
        "time=\"{:.3f}\">\n{}</testsuite>\n",
        escape_markup(report.run.scenario), report.checks.size(), failures, skipped,
        std::chrono::duration<double>(report.elapsed).count(), cases);
}

namespace {

std::string rendered(const RunReport& report, ReportFormat format) {
    switch (format) {
        case ReportFormat::text:
            return report_text(report);
        case ReportFormat::json:
            return report_json(report) + "\n";
        case ReportFormat::markdown:
            return report_markdown(report);
        case ReportFormat::html:
            return report_html(report);
        case ReportFormat::junit:
            return report_junit(report);
    }
    return {};
}

}  // namespace

std::string render_report(const RunReport& report, ReportFormat format) {
    return Scrubber::of_process().scrubbed(rendered(report, format));
}

}  // namespace apilab::sandbox
