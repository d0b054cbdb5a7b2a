#include "manual/command_tree.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

namespace apilab::cli {
namespace {

// `INT:INT in [1 - 64]`, `TEXT:{auto,always,never}`: the type, then what checks say.
void read_type(std::string_view type, OptionPage& page) {
    const auto colon = type.find(':');
    page.value = type.substr(0, colon);
    const auto open = type.find('{');
    const auto close = type.find('}', std::min(open, type.size()));
    if (open != std::string_view::npos && close != std::string_view::npos) {
        auto rest = type.substr(open + 1, close - open - 1);
        while (!rest.empty()) {
            const auto end = std::min(rest.find(','), rest.size());
            page.choices.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    const auto from = type.find(" in [");
    const auto dash = type.find(" - ", std::min(from, type.size()));
    if (from != std::string_view::npos && dash != std::string_view::npos) {
        page.facts.push_back(fmt::format("{} to {}", type.substr(from + 5, dash - from - 5),
                                         type.substr(dash + 3, type.rfind(']') - dash - 3)));
    }
    if (page.value == "INT" || page.value == "UINT") {
        page.value = "N";
    }
}

OptionPage option_page(const CLI::Option& option) {
    OptionPage page{.description = option.get_description()};
    for (const auto& name : option.get_snames()) {
        page.names.push_back("-" + name);
    }
    for (const auto& name : option.get_lnames()) {
        page.names.push_back("--" + name);
    }
    page.repeated = option.get_items_expected_max() > 1;
    if (option.get_items_expected_max() > 0) {
        read_type(option.get_type_name(), page);
        if (page.names.empty()) {
            page.value = option.get_name(true);
        }
    }
    if (option.get_required()) {
        page.facts.emplace_back("needed");
    }
    const auto& preset = option.get_default_str();
    if (!preset.empty() && page.description.find("efault") == std::string::npos) {
        page.facts.push_back("default " + preset);
    }
    if (!option.get_envname().empty()) {
        page.facts.push_back(option.get_envname());
    }
    return page;
}

bool is_group(const CLI::App* app) {
    return app->get_name().empty();
}

void read_options(const CLI::App& app, std::vector<OptionPage>& options,
                  std::vector<OptionPage>* positionals) {
    for (const auto* option : app.get_options([](const CLI::Option*) { return true; })) {
        if (option->nonpositional()) {
            options.push_back(option_page(*option));
        } else if (positionals != nullptr) {
            positionals->push_back(option_page(*option));
        }
    }
    // A group of options is to the parser a command without a name.
    for (const auto* group : app.get_subcommands(is_group)) {
        read_options(*group, options, positionals);
    }
}

CommandPage make_page(const CLI::App& app, std::vector<std::string> words,
                      std::vector<OptionPage> inherited) {
    CommandPage page{.words = std::move(words),
                     .summary = app.get_description(),
                     .remarks = app.get_footer(),
                     .inherited = std::move(inherited)};
    read_options(app, page.options, &page.positionals);
    auto below = page.inherited;
    std::ranges::copy_if(page.options, std::back_inserter(below), [](const OptionPage& option) {
        const auto& name = option.names.back();
        return name != "--help" && name != "--version";
    });
    for (const auto* command : app.get_subcommands(std::not_fn(is_group))) {
        auto path = page.words;
        path.push_back(command->get_name());
        page.commands.push_back(make_page(*command, std::move(path), below));
    }
    return page;
}

}  // namespace

std::string OptionPage::heading() const {
    auto text = fmt::format("{}", fmt::join(names, ", "));
    if (!value.empty()) {
        text += (text.empty() ? "" : " ") + value + (names.empty() && repeated ? "..." : "");
    }
    return text;
}

std::string CommandPage::name() const {
    return fmt::format("{}", fmt::join(words, " "));
}

std::string CommandPage::synopsis() const {
    auto text = name();
    for (const auto& positional : positionals) {
        const bool needed = std::ranges::find(positional.facts, "needed") != positional.facts.end();
        text += needed ? " " + positional.heading() : " [" + positional.heading() + "]";
    }
    return text + (commands.empty() ? " [OPTIONS]" : " COMMAND [OPTIONS]");
}

CommandPage page_of(const CLI::App& app) {
    return make_page(app, {app.get_name()}, {});
}

const CommandPage* find_page(const CommandPage& root, const std::vector<std::string>& words) {
    for (const auto* page : all_pages(root)) {
        if (page->words == words) {
            return page;
        }
    }
    return nullptr;
}

std::vector<const CommandPage*> all_pages(const CommandPage& root) {
    std::vector<const CommandPage*> pages{&root};
    for (const auto& command : root.commands) {
        const auto below = all_pages(command);
        pages.insert(pages.end(), below.begin(), below.end());
    }
    return pages;
}

}  // namespace apilab::cli
