#include "apilab/sandbox/internal/report_words.hpp"

#include <fmt/format.h>

#include "apilab/base/duration.hpp"

namespace apilab::sandbox::internal {

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

std::string sentence_of(const Finding& finding) {
    return finding.reason == UnknownReason::none
               ? finding.sentence
               : fmt::format("{}: {}", to_string(finding.reason), finding.sentence);
}

std::string word_of(const CheckResult& result) {
    return result.finding.warning ? "warn" : std::string(to_string(result.finding.verdict));
}

std::string counts_line(const RunReport& report) {
    auto line = fmt::format("{} requests in {} operations, {} with a fault, {}", report.requests,
                            report.operations, report.faulted, format_duration(report.elapsed));
    if (report.unsupported > 0) {
        line += fmt::format("; {} to paths that the sandbox does not know", report.unsupported);
    }
    if (report.rows_dropped > 0) {
        line += fmt::format("; the first {} rows of the journal were dropped", report.rows_dropped);
    }
    return line;
}

}  // namespace apilab::sandbox::internal
