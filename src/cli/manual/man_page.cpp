#include <fmt/format.h>
#include <fmt/ranges.h>

#include "exit_code.hpp"
#include "manual/command_tree.hpp"

namespace apilab::cli {
namespace {

// What roff takes for its own: a backslash anywhere, a dot or quote that begins a line, a minus.
std::string roff(std::string_view text) {
    std::string out;
    bool begins = true;
    for (const char c : text) {
        if (begins && (c == '.' || c == '\'')) {
            out += "\\&";
        }
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
        begins = c == '\n';
    }
    return out;
}

std::string entries(std::string_view title, const std::vector<OptionPage>& options) {
    auto text = options.empty() ? std::string() : fmt::format(".SH {}\n", title);
    for (const auto& option : options) {
        text += fmt::format(".TP\n.B {}\n{}", roff(option.heading()), roff(option.description));
        auto facts = option.facts;
        if (!option.choices.empty()) {
            facts.insert(facts.begin(), fmt::format("{}", fmt::join(option.choices, ", ")));
        }
        text += facts.empty() ? std::string("\n")
                              : roff(fmt::format(" ({})\n", fmt::join(facts, "; ")));
    }
    return text;
}

}  // namespace

std::string man_page(const CommandPage& page, std::string_view version) {
    const auto dashed = fmt::format("{}", fmt::join(page.words, "-"));
    auto text =
        fmt::format(".TH \"{}\" 1 \"\" \"apilab {}\" \"apilab\"\n.nh\n.SH NAME\n{} \\- {}\n",
                    roff(dashed), version, roff(dashed), roff(page.summary));
    text += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(page.synopsis()));
    if (!page.remarks.empty()) {
        text += fmt::format(".SH EXAMPLES\n.nf\n{}\n.fi\n", roff(page.remarks));
    }
    text += entries("ARGUMENTS", page.positionals);
    if (!page.commands.empty()) {
        text += ".SH COMMANDS\n";
        for (const auto& command : page.commands) {
            text +=
                fmt::format(".TP\n.B {}\n{}\n", roff(command.words.back()), roff(command.summary));
        }
    }
    text += entries("OPTIONS", page.options);
    text += entries("OPTIONS OF EVERY COMMAND", page.inherited);
    text += ".SH EXIT STATUS\n";
    for (const auto& row : exit_codes()) {
        text += fmt::format(".TP\n.B {}\n{}\n", static_cast<int>(row.code), roff(row.meaning));
    }
    return text;
}

}  // namespace apilab::cli
