// Exit codes from their table, kinds of errors from the comments of their declaration.

#include <fmt/format.h>

#include <algorithm>

#include "exit_code.hpp"
#include "explain/embedded.hpp"
#include "explain/topic.hpp"

namespace apilab::cli {
namespace {

struct Enumerator {
    std::string name;
    std::string comment;
};

std::string_view without_blanks(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return line;
}

// Those of `enum class NAME` in a header of ours, each with the `///` lines above it.
std::vector<Enumerator> enumerators_of(std::string_view header, std::string_view name) {
    std::vector<Enumerator> all;
    const auto begin = header.find(fmt::format("enum class {} ", name));
    auto rest = begin == std::string_view::npos ? std::string_view() : header.substr(begin);
    rest = rest.substr(0, rest.find("};"));
    std::string comment;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = without_blanks(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.starts_with("///")) {
            comment += (comment.empty() ? "" : " ") + std::string(without_blanks(line.substr(3)));
        } else if (line.ends_with(',')) {
            all.push_back({std::string(line.substr(0, line.size() - 1)), std::move(comment)});
            comment.clear();
        }
    }
    return all;
}

std::string dashed(std::string name) {
    std::ranges::replace(name, '_', '-');
    return name;
}

void add_enumerators(std::vector<Topic>& topics, std::string_view type, std::string_view prefix,
                     std::string_view group, std::string_view what) {
    for (const auto& [name, comment] : enumerators_of(explain_file("error.hpp"), type)) {
        topics.push_back({.id = fmt::format("{}-{}", prefix, dashed(name)),
                          .title = comment.substr(0, comment.find(". ")),
                          .group = std::string(group),
                          .aliases = {fmt::format("{}-{}", prefix, name)},
                          .text = fmt::format("{} `{}`.\n\n{}\n", what, name, comment),
                          .see = {"exit-codes"}});
    }
}

}  // namespace

void add_exit_code_topics(std::vector<Topic>& topics) {
    std::string table = "| code | meaning |\n| --- | --- |\n";
    for (const auto& row : exit_codes()) {
        const int code = static_cast<int>(row.code);
        table += fmt::format("| {} | {} |\n", code, row.meaning);
        topics.push_back({.id = fmt::format("exit-{}", code),
                          .title = std::string(row.meaning),
                          .group = "exit codes",
                          .text = fmt::format("{}\n", row.remedy),
                          .see = {"exit-codes"}});
    }
    topics.push_back({.id = "exit-codes",
                      .title = "what the process says to whoever started it",
                      .group = "exit codes",
                      .aliases = {"exit-code", "exit"},
                      .text = table + "\n`apilab explain exit-9` says more about one.\n",
                      .see = {"verdict"}});
}

void add_error_topics(std::vector<Topic>& topics) {
    add_enumerators(topics, "ErrorKind", "error", "errors", "What went wrong: `Error::kind()` is");
    add_enumerators(topics, "Ending", "ending", "errors",
                    "Why a call ended instead of being tried again: `Error::ending()` is");
    add_enumerators(topics, "Outcome", "outcome", "errors",
                    "Did the other side act on the request? `Error::outcome()` is");
}

}  // namespace apilab::cli
