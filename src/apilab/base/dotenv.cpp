#include "apilab/base/dotenv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/try.hpp"

namespace apilab {
namespace {

constexpr std::size_t text_max = std::size_t{1} << 20U;
constexpr std::size_t entries_max = 1000;
constexpr std::string_view blanks = " \t";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool good_name(std::string_view name) {
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string_view trim(std::string_view text) {
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    const auto last = text.find_last_not_of(blanks);
    return last == std::string_view::npos ? std::string_view()
                                          : text.substr(first, last - first + 1);
}

class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    Result<std::vector<DotenvEntry>> read() {
        std::vector<DotenvEntry> entries;
        while (!rest_.empty()) {
            ++line_;
            const auto line = trim(this_line());
            if (line.empty() || line.starts_with('#')) {
                skip_line();
                continue;
            }
            if (entries.size() == entries_max) {
                return fail(ErrorKind::too_large, "a .env file has at most 1000 entries");
            }
            APILAB_TRY(auto entry, assignment());
            entries.push_back(std::move(entry));
        }
        return entries;
    }

private:
    // Without its end, whichever it has.
    [[nodiscard]] std::string_view this_line() const {
        auto line = rest_.substr(0, rest_.find('\n'));
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        return line;
    }
    void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1); }
    [[nodiscard]] std::unexpected<Error> wrong(std::size_t line, std::string_view what) const {
        return fail(Error(ErrorKind::invalid_argument, fmt::format("line {}: {}", line, what))
                        .with_detail(std::to_string(line)));
    }

    Result<DotenvEntry> assignment() {
        DotenvEntry entry;
        entry.line = line_;
        const auto line = this_line();
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            return wrong(line_, "expected NAME=value");
        }
        auto name = trim(line.substr(0, equals));
        constexpr std::string_view word = "export";
        if (name.starts_with(word) && name.size() > word.size() &&
            blanks.contains(name[word.size()])) {
            name = trim(name.substr(word.size()));
        }
        if (!good_name(name)) {
            return wrong(line_, "a name is a letter or _, then letters, digits and _");
        }
        entry.name = name;
        rest_.remove_prefix(equals + 1);
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
        if (rest_.starts_with('\'') || rest_.starts_with('"')) {
            APILAB_TRY(entry.value, quoted());
        } else {
            entry.value = bare();
        }
        return entry;
    }

    Secret bare() {
        auto value = this_line();
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (value[i] == '#' && (i == 0 || blanks.contains(value[i - 1]))) {
                value = value.substr(0, i);
                break;
            }
        }
        Secret secret{std::string(trim(value))};
        skip_rest();
        return secret;
    }

    Result<Secret> quoted() {
        const std::size_t from = line_;
        const char quote = rest_.front();
        rest_.remove_prefix(1);
        std::string value;
        while (!rest_.empty() && rest_.front() != quote) {
            const bool escape = quote == '"' && rest_.front() == '\\' && rest_.size() > 1;
            line_ += rest_.front() == '\n' ? 1 : 0;
            value += escape ? unescaped(rest_[1]) : std::string(1, rest_.front());
            line_ += escape && rest_[1] == '\n' ? 1 : 0;
            rest_.remove_prefix(escape ? 2 : 1);
        }
        if (rest_.empty()) {
            return wrong(from, "the quote is never closed");
        }
        rest_.remove_prefix(1);
        const auto behind = trim(this_line());
        if (!behind.empty() && !behind.starts_with('#')) {
            return wrong(line_, "something stands behind the closing quote");
        }
        skip_rest();
        return Secret(std::move(value));
    }

    void skip_rest() {
        if (!rest_.empty()) {
            skip_line();
        }
    }

    static std::string unescaped(char c) {
        switch (c) {
            case 'n':
                return "\n";
            case 'r':
                return "\r";
            case 't':
                return "\t";
            case '\\':
            case '"':
            case '$':
                return {c};
            default:
                return {'\\', c};
        }
    }

    std::string_view rest_;
    std::size_t line_ = 0;
};

}  // namespace

Result<std::vector<DotenvEntry>> parse_dotenv(std::string_view text) {
    if (text.size() > text_max) {
        return fail(ErrorKind::too_large, "a .env file has at most 1 MiB");
    }
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        const auto line = 1 + std::ranges::count(text.substr(0, nul), '\n');
        return fail(Error(ErrorKind::invalid_argument, fmt::format("line {}: holds NUL", line))
                        .with_detail(std::to_string(line)));
    }
    text.remove_prefix(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    return Reader(text).read();
}

}  // namespace apilab
