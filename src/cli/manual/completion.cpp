// Scripts for three shells from the same tree: after which words which words may come.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "apilab/sandbox/scenario.hpp"
#include "manual/command_tree.hpp"

namespace apilab::cli {
namespace {

std::vector<std::string> flags_of(const CommandPage& page) {
    std::vector<std::string> names;
    for (const auto* list : {&page.options, &page.inherited}) {
        for (const auto& option : *list) {
            names.insert(names.end(), option.names.begin(), option.names.end());
        }
    }
    return names;
}

// What a value may be: a closed set, or the scenarios; empty: anything (files are offered).
std::vector<std::string> values_of(const OptionPage& option) {
    if (std::ranges::find(option.names, "--scenario") == option.names.end()) {
        return option.choices;
    }
    std::vector<std::string> names;
    for (const auto& scenario : sandbox::built_in_scenarios()) {
        names.emplace_back(scenario.name);
    }
    return names;
}

std::vector<std::string> commands_of(const CommandPage& page) {
    std::vector<std::string> names;
    for (const auto& command : page.commands) {
        names.push_back(command.words.back());
    }
    return names;
}

std::string shell_word(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

// `word` in bash's case: names of commands one level down.
std::string path_cases(const CommandPage& root) {
    std::string text;
    for (const auto* page : all_pages(root)) {
        for (const auto& command : page->commands) {
            text += fmt::format("            '{},{}') path='{}' ;;\n", page->name(),
                                command.words.back(), command.name());
        }
    }
    return text;
}

std::string value_cases(const CommandPage& root) {
    std::string text;
    for (const auto* page : all_pages(root)) {
        for (const auto* list : {&page->options, &page->inherited}) {
            for (const auto& option : *list) {
                if (const auto values = values_of(option); !values.empty()) {
                    for (const auto& name : option.names) {
                        text += fmt::format("        '{},{}') words='{}' ;;\n", page->name(), name,
                                            fmt::join(values, " "));
                    }
                }
            }
        }
    }
    return text;
}

std::string word_cases(const CommandPage& root) {
    std::string text;
    for (const auto* page : all_pages(root)) {
        auto words = commands_of(*page);
        const auto flags = flags_of(*page);
        words.insert(words.end(), flags.begin(), flags.end());
        text += fmt::format("        '{}') words='{}' ;;\n", page->name(), fmt::join(words, " "));
    }
    return text;
}

}  // namespace

std::string bash_completion(const CommandPage& root) {
    return "# bash completion of apilab: eval \"$(apilab completion bash)\"\n"
           "_apilab() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local path='apilab' words='' i\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        case \"$path,${COMP_WORDS[i]}\" in\n" +
           path_cases(root) +
           "        esac\n"
           "    done\n"
           "    case \"$path,$previous\" in\n" +
           value_cases(root) +
           "    esac\n"
           "    if [[ -z $words ]]; then\n"
           "        case \"$path\" in\n" +
           word_cases(root) +
           "        esac\n"
           "    fi\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
           "}\n"
           "complete -o default -F _apilab apilab\n";
}

std::string zsh_completion(const CommandPage& root) {
    return "#compdef apilab\n# zsh completion of apilab: source <(apilab completion zsh)\n"
           "autoload -U +X bashcompinit && bashcompinit\n" +
           bash_completion(root);
}

std::string fish_completion(const CommandPage& root) {
    std::string text = "# fish completion of apilab: apilab completion fish | source\n";
    for (const auto* page : all_pages(root)) {
        std::string when;
        for (std::size_t i = 1; i < page->words.size(); ++i) {
            when += fmt::format("{}__fish_seen_subcommand_from {}", when.empty() ? "" : "; and ",
                                page->words[i]);
        }
        const auto none_below =
            fmt::format("{}not __fish_seen_subcommand_from {}", when.empty() ? "" : when + "; and ",
                        fmt::join(commands_of(*page), " "));
        for (const auto& command : page->commands) {
            text += fmt::format("complete -c apilab -f -n {} -a {} -d {}\n", shell_word(none_below),
                                command.words.back(), shell_word(command.summary));
        }
        for (const auto& option : page->options) {
            text +=
                fmt::format("complete -c apilab -n {}", shell_word(when.empty() ? "true" : when));
            for (const auto& name : option.names) {
                text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            }
            if (const auto values = values_of(option); !values.empty()) {
                text +=
                    fmt::format(" -x -a {}", shell_word(fmt::format("{}", fmt::join(values, " "))));
            } else if (!option.value.empty()) {
                text += " -r";
            }
            text += fmt::format(" -d {}\n", shell_word(option.description));
        }
    }
    return text;
}

}  // namespace apilab::cli
