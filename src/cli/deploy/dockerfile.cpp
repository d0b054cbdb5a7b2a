#include <algorithm>
#include <cctype>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "deploy/project.hpp"

namespace apilab::cli::deploy {
namespace {

constexpr std::string_view blank = " \t\r";

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(blank);
    return from == std::string_view::npos
               ? std::string_view()
               : text.substr(from, text.find_last_not_of(blank) - from + 1);
}

// Words as a shell splits them: blanks part, quotes and backslashes keep together.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool begun = false;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            if (c == quote) {
                quote = 0;
            } else {
                word += c;
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
            begun = true;
        } else if (c == '\\' && i + 1 < text.size()) {
            word += text[++i];
            begun = true;
        } else if (blank.contains(c)) {
            if (begun) {
                words.push_back(std::exchange(word, {}));
            }
            begun = false;
        } else {
            word += c;
            begun = true;
        }
    }
    if (begun) {
        words.push_back(std::move(word));
    }
    return words;
}

std::string upper(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return result;
}

// Takes `["a", "b"]`; nothing where it is no list of strings.
std::optional<std::vector<std::string>> list_of(std::string_view text) {
    if (!text.starts_with('[')) {
        return std::nullopt;
    }
    const auto document = http::JsonDocument::parse(text);
    if (!document || !document->root().is_array()) {
        return std::nullopt;  // then Docker takes it for a shell's line, too
    }
    std::vector<std::string> words;
    for (const auto& element : document->root().elements()) {
        words.emplace_back(element.string_or(""));
    }
    return words;
}

// HEALTHCHECK and ONBUILD have an instruction behind their flags.
Instruction instruction_of(std::size_t line, std::string_view text) {
    const auto end = std::min(text.find_first_of(blank), text.size());
    Instruction made{.line = line, .name = upper(text.substr(0, end))};
    text = trimmed(text.substr(end));
    while (text.starts_with("--")) {
        text = trimmed(text.substr(std::min(text.find_first_of(blank), text.size())));
    }
    made.text = text;
    auto command = text;
    if (made.name == "HEALTHCHECK" && upper(text.substr(0, 4)) == "CMD ") {
        command = trimmed(text.substr(4));
    }
    if (auto words = list_of(command)) {
        made.exec_form = true;
        made.words = *std::move(words);
    } else {
        made.words = words_of(command);
    }
    return made;
}

// `<<EOF` and its like: the lines up to it are not instructions.
std::string heredoc_end(std::string_view text) {
    const auto at = text.find("<<");
    if (at == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(at + 2);
    std::string word;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
            word += c;
        } else if (!word.empty()) {
            break;
        } else if (c != '-' && c != '"' && c != '\'') {
            return {};
        }
    }
    return word;
}

}  // namespace

std::vector<const Instruction*> Dockerfile::final_stage() const {
    std::vector<const Instruction*> stage;
    for (const auto& instruction : all) {
        if (instruction.name == "FROM") {
            stage.clear();
        }
        stage.push_back(&instruction);
    }
    return stage;
}

const Instruction* Dockerfile::last(std::string_view name) const {
    const Instruction* found = nullptr;
    for (const auto* instruction : final_stage()) {
        found = instruction->name == name ? instruction : found;
    }
    return found;
}

Result<Dockerfile> parse_dockerfile(std::string file, std::string_view text) {
    Dockerfile docker{.file = std::move(file)};
    std::string joined;
    std::string until;  // the end of a heredoc
    std::size_t number = 0;
    std::size_t begun = 1;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        auto line = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        ++number;
        if (!until.empty()) {
            if (line == until) {
                until.clear();
            }
            continue;
        }
        if (line.empty() || line.starts_with('#')) {
            continue;  // also between continuation lines
        }
        if (joined.empty()) {
            begun = number;
        }
        const bool goes_on = line.ends_with('\\');
        line.remove_suffix(goes_on ? 1 : 0);
        joined += line;
        if (goes_on) {
            joined += ' ';
            continue;
        }
        auto made = instruction_of(begun, joined);
        if (made.name == "RUN" || made.name == "COPY" || made.name == "ADD") {
            until = heredoc_end(made.text);
        }
        docker.all.push_back(std::move(made));
        joined.clear();
    }
    if (!joined.empty()) {
        docker.all.push_back(instruction_of(begun, joined));
    }
    if (std::ranges::find(docker.all, "FROM", &Instruction::name) == docker.all.end()) {
        return fail(Error(ErrorKind::decode, "it has no FROM").with_detail("1"));
    }
    return docker;
}

std::vector<Variable> variables_of(std::string_view assignments) {
    std::vector<Variable> variables;
    for (const auto& word : words_of(assignments)) {
        const auto equals = word.find('=');
        variables.push_back({word.substr(0, equals), equals == std::string::npos
                                                         ? std::string()
                                                         : word.substr(equals + 1)});
    }
    return variables;
}

std::vector<Variable> variables_of(const Instruction& instruction) {
    const auto first = instruction.text.substr(0, instruction.text.find_first_of(blank));
    if (instruction.name == "ENV" && !first.contains('=')) {
        return {{first, std::string(trimmed(instruction.text.substr(first.size())))}};
    }
    return variables_of(instruction.text);
}

}  // namespace apilab::cli::deploy
