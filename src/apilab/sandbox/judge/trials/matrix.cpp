#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/sandbox/judge/trials/trial.hpp"

namespace apilab::sandbox::trials {
namespace {

namespace json = boost::json;

std::string sentence_of(const Finding& finding) {
    return finding.reason == UnknownReason::none
               ? finding.sentence
               : fmt::format("{}: {}", to_string(finding.reason), finding.sentence);
}

std::string client_of(const MatrixRow& row) {
    return row.about.empty() ? row.client : fmt::format("{} ({})", row.client, row.about);
}

// A cell of a Markdown table.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : std::string(1, c == '\n' ? ' ' : c);
    }
    return out;
}

std::size_t unexpected(const std::vector<MatrixRow>& rows) {
    return static_cast<std::size_t>(
        std::ranges::count_if(rows, [](const MatrixRow& row) { return !row.as_expected(); }));
}

}  // namespace

std::string matrix_text(const std::vector<MatrixRow>& rows) {
    std::string text;
    for (const MatrixRow& row : rows) {
        text +=
            fmt::format("{:<7}  {}{:<6}  {:<40}  {}{}\n", to_string(row.finding.verdict),
                        row.as_expected() ? "" : "UNEXPECTED  ", row.check, client_of(row),
                        sentence_of(row.finding), row.finding.warning ? " (with a warning)" : "");
    }
    return text + fmt::format("{} clients, {} not as expected\n", rows.size(), unexpected(rows));
}

std::string matrix_json(const std::vector<MatrixRow>& rows) {
    json::array all;
    for (const MatrixRow& row : rows) {
        const Finding& finding = row.finding;
        all.push_back({{"check", row.check},
                       {"about", row.about},
                       {"client", row.client},
                       {"expected", to_string(row.expected)},
                       {"verdict", to_string(finding.verdict)},
                       {"reason", finding.reason == UnknownReason::none
                                      ? json::value(nullptr)
                                      : json::value(to_string(finding.reason))},
                       {"warning", finding.warning},
                       {"sentence", finding.sentence},
                       {"rows", json::array(finding.rows.begin(), finding.rows.end())}});
    }
    return json::serialize(
        json::object{{"version", 1}, {"rows", std::move(all)}, {"unexpected", unexpected(rows)}});
}

std::string matrix_markdown(const std::vector<MatrixRow>& rows) {
    std::string text =
        "# The judge, judged\n\n"
        "Each check is held against small clients written by hand: one that does it right, some "
        "that do it\nwrong, and nobody. `apilab sandbox matrix` plays them, in virtual time, "
        "against the sandbox itself; this\npage is what it says (`APILAB_GOLDEN=write "
        "build/dev/bin/test_sandbox --gtest_filter='Matrix.*'`\nwrites it).\n";
    std::string_view before;
    for (const MatrixRow& row : rows) {
        if (row.check != before) {
            const Check* check = find_check(row.check);
            text += fmt::format(
                "\n## {}: {}\n\n| client | verdict | the judge says |\n"
                "| --- | --- | --- |\n",
                row.check, check != nullptr ? check->card().title : "?");
            before = row.check;
        }
        text += fmt::format("| {} | {} | {} |\n", cell(client_of(row)),
                            to_string(row.finding.verdict), cell(sentence_of(row.finding)));
    }
    return text;
}

}  // namespace apilab::sandbox::trials
