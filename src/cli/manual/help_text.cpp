#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "exit_code.hpp"
#include "manual/command_tree.hpp"
#include "wrap.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t heading_max = 28;
constexpr std::size_t narrow = 70;

std::string entry(const std::string& heading, const std::string& text, std::size_t width) {
    const std::size_t column = width < narrow ? 6 : heading_max + 4;
    if (width < narrow || columns_of(heading) > heading_max) {
        return paragraph(heading, width, 4, "  ") +
               paragraph(text, width, column, std::string(column, ' '));
    }
    return paragraph(text, width, column,
                     "  " + heading + std::string(column - 2 - columns_of(heading), ' '));
}

std::string description_of(const OptionPage& option) {
    auto facts = option.facts;
    if (!option.choices.empty() &&
        option.description.find(option.choices.back()) == std::string::npos) {
        facts.insert(facts.begin(), fmt::format("{}", fmt::join(option.choices, ", ")));
    }
    return facts.empty() ? option.description
                         : fmt::format("{} ({})", option.description, fmt::join(facts, "; "));
}

std::string section(std::string_view title, const std::vector<OptionPage>& options,
                    std::size_t width) {
    auto text = options.empty() ? std::string() : fmt::format("\n{}:\n", title);
    for (const auto& option : options) {
        text += entry(option.heading(), description_of(option), width);
    }
    return text;
}

}  // namespace

std::string help_text(const CommandPage& page, std::size_t width) {
    auto text = paragraph(page.summary, width) + "\n";
    if (!page.remarks.empty()) {
        text += page.remarks + "\n\n";
    }
    text += paragraph("Usage: " + page.synopsis(), width, 4, " ").substr(1);
    text += section("Arguments", page.positionals, width);
    if (!page.commands.empty()) {
        text += "\nCommands:\n";
        for (const auto& command : page.commands) {
            text += entry(command.words.back(), command.summary, width);
        }
    }
    text += section("Options", page.options, width);
    text += section("Options of every command", page.inherited, width);
    if (page.words.size() == 1) {
        text += "\nExit codes:\n";
        for (const auto& row : exit_codes()) {
            text += paragraph(row.meaning, width, 7,
                              fmt::format("  {:>3}  ", static_cast<int>(row.code)));
        }
    }
    return text;
}

}  // namespace apilab::cli
