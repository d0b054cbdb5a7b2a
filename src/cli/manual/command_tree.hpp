#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace apilab::cli {

/// A flag, an option with a value, or a positional.
struct OptionPage {
    /// `-q`, `--quiet`; empty: a positional.
    std::vector<std::string> names;
    /// `N`, `FILE`, `SCENARIO`; empty: a flag.
    std::string value;
    /// What the value may be, where that is a closed set.
    std::vector<std::string> choices;
    std::string description;
    /// `default 4010`, `1 to 64`, `needed`, `again and again`.
    std::vector<std::string> facts;
    bool repeated = false;

    /// `-q, --quiet`, `--port N`, `URL`.
    [[nodiscard]] std::string heading() const;
};

/// What there is to know of a command: read from the parser itself, which is the one table behind
/// `--help`, completions and man pages.
struct CommandPage {
    /// `apilab`, `radar`, `check`.
    std::vector<std::string> words;
    std::string summary;
    /// The footer: examples, or other remarks.
    std::string remarks;
    std::vector<OptionPage> positionals;
    std::vector<OptionPage> options;
    /// Of the commands around it; they may be given here, too.
    std::vector<OptionPage> inherited;
    std::vector<CommandPage> commands;

    [[nodiscard]] std::string name() const;
    /// `apilab radar check [PATH...] [OPTIONS]`.
    [[nodiscard]] std::string synopsis() const;
};

[[nodiscard]] CommandPage page_of(const CLI::App& app);

/// The page with that path (`apilab radar check`), or null.
[[nodiscard]] const CommandPage* find_page(const CommandPage& root,
                                           const std::vector<std::string>& words);
/// A page and all below it, outermost first.
[[nodiscard]] std::vector<const CommandPage*> all_pages(const CommandPage& root);

/// `--help`: examples first, then usage, what it takes and what there is below.
[[nodiscard]] std::string help_text(const CommandPage& page, std::size_t width);
/// roff for `man`, section 1.
[[nodiscard]] std::string man_page(const CommandPage& page, std::string_view version);
[[nodiscard]] std::string bash_completion(const CommandPage& root);
[[nodiscard]] std::string zsh_completion(const CommandPage& root);
[[nodiscard]] std::string fish_completion(const CommandPage& root);

}  // namespace apilab::cli
