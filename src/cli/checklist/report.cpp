#include "checklist/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/utf8.hpp"

namespace apilab::cli::checklist {

namespace {

std::string_view plural(std::size_t number) {
    return number == 1 ? "" : "s";
}

// How many bytes the character that begins with `first` says it has.
std::size_t length_of(unsigned char first) {
    constexpr unsigned char two = 0xc2;
    constexpr unsigned char three = 0xe0;
    constexpr unsigned char four = 0xf0;
    return first >= four ? 4 : first >= three ? 3 : first >= two ? 2 : 1;
}

// C1 controls; marks that turn the direction of writing; line and paragraph separators.
bool moves_text(std::string_view character) {
    if (character.size() == 2) {
        return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0U;
    }
    return character == "\u200e" || character == "\u200f" ||
           (character >= "\u2028" && character <= "\u202e") ||
           (character >= "\u2066" && character <= "\u2069");
}

}  // namespace

Summary summary_of(const std::vector<Line>& lines) {
    Summary summary;
    for (const auto& line : lines) {
        const auto state = line.answer.state;
        if (state == State::not_applicable) {
            ++summary.not_applicable;
            continue;
        }
        summary.pass += state == State::pass ? 1 : 0;
        summary.fail += state == State::fail ? 1 : 0;
        summary.untested += state == State::untested ? 1 : 0;
        summary.questions += line.question.empty() ? 0 : 1;
        summary.answered += !line.question.empty() && line.persons ? 1 : 0;
    }
    summary.automatic = summary.pass + summary.fail + summary.untested;
    return summary;
}

std::string sentence_of(const Summary& summary) {
    return fmt::format(
        "of {} automatic item{} {} pass, {} fail, {} {} not tested; of {} question{} {} {} "
        "answered; {} item{} do{} not apply",
        summary.automatic, plural(summary.automatic), summary.pass, summary.fail, summary.untested,
        summary.untested == 1 ? "was" : "were", summary.questions, plural(summary.questions),
        summary.answered, summary.answered == 1 ? "is" : "are", summary.not_applicable,
        plural(summary.not_applicable), summary.not_applicable == 1 ? "es" : "");
}

ExitCode exit_code_of(const Summary& summary) {
    return summary.fail > 0       ? ExitCode::verdict_failed
           : summary.untested > 0 ? ExitCode::verdict_unknown
                                  : ExitCode::success;
}

Report report_of(const Observed& seen, std::vector<Line> lines, std::uint64_t seed) {
    Report report{
        .name = seen.manifest.name, .seed = seed, .episodes = {}, .lines = std::move(lines)};
    for (const auto& [id, episode] : seen.episodes) {
        report.episodes.push_back({.id = id, .trouble = episode.trouble, .kept = episode.kept});
    }
    return report;
}

std::string plain(std::string_view text) {
    constexpr unsigned char first_printable = 0x20;
    constexpr unsigned char rubout = 0x7f;
    constexpr unsigned char ascii_end = 0x80;
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        const auto character = text.substr(i, length_of(first));
        if (out.size() + character.size() > text_shown_max) {
            return out + " ...";
        }
        const bool valid = valid_utf8(character);
        if (first < ascii_end) {
            out += first < first_printable || first == rubout ? ' ' : text[i];
        } else if (!valid) {
            out += '?';
        } else {
            out += moves_text(character) ? std::string_view(" ") : character;
        }
        i += valid ? character.size() : 1;
    }
    return out;
}

std::string_view sentence_below(const Line& line) {
    return line.answer.state == State::open ? "a question for a person, below"
                                            : std::string_view(line.answer.sentence);
}

std::string words_of(const Evidence& evidence) {
    return fmt::format("{} {}", to_string(evidence.kind), plain(evidence.text));
}

}  // namespace apilab::cli::checklist
