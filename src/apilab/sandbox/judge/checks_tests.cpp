// Whether failure tests tell good clients from bad ones: judged by the board that they filled and
// handed in as `failure tests`, lines of `name=value`.

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <string>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

/// Of so many buggy clients one may get away.
constexpr std::size_t mutants_a_survivor = 12;
constexpr std::size_t kind_max = 40;

/// What the tests made of the clients.
struct Board {
    /// What was tested.
    std::string kind = "clients";
    std::size_t exercised = 0;
    std::size_t correct = 0;
    std::size_t false_alarms = 0;
    std::size_t mutants = 0;
    std::size_t killed = 0;
    /// By what they were called for, with their number.
    std::map<std::string, int, std::less<>> alarms;
    std::map<std::string, int, std::less<>> survivors;
};

std::string join(const std::map<std::string, int, std::less<>>& counted) {
    std::string text;
    for (const auto& [what, times] : counted) {
        text += text.empty() ? "" : "; ";
        text += times == 1 ? what : fmt::format("{} ({} of them)", what, times);
    }
    return text;
}

void take(Board& board, std::string_view name, std::string_view value) {
    if (name == "alarm" || name == "survivor") {
        ++(name == "alarm" ? board.alarms : board.survivors)[std::string(value)];
        return;
    }
    if (name == "kind") {
        board.kind = value.substr(0, kind_max);
        return;
    }
    for (const auto& [known, number] :
         {std::pair("exercised", &board.exercised), std::pair("correct", &board.correct),
          std::pair("false_alarms", &board.false_alarms), std::pair("mutants", &board.mutants),
          std::pair("killed", &board.killed)}) {
        if (name == known) {
            std::from_chars(value.data(), value.data() + value.size(), *number);
        }
    }
}

std::optional<Board> read_board(const Evidence& evidence) {
    const auto found = evidence.handed_in->find("failure tests");
    if (found == evidence.handed_in->end()) {
        return std::nullopt;
    }
    Board board;
    std::string_view text = found->second;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto equals = std::min(line.find('='), line.size());
        take(board, line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    }
    return board;
}

// Nothing where the board can be judged.
std::optional<Finding> unfit(const std::optional<Board>& board) {
    if (!board) {
        return Finding::not_applicable("no failure tests were handed in");
    }
    if (board->exercised == 0 || board->correct == 0 || board->mutants == 0) {
        return Finding::not_exercised("nothing went wrong in any of the tests");
    }
    return std::nullopt;
}

Finding no_false_alarm(const Evidence& evidence) {
    const auto board = read_board(evidence);
    if (const auto why = unfit(board)) {
        return *why;
    }
    if (board->false_alarms == 0) {
        return Finding::pass(fmt::format("no alarm on {} correct {}", board->correct, board->kind));
    }
    return Finding::fail(fmt::format("{} of {} correct {} were called buggy, first by: {}",
                                     board->false_alarms, board->correct, board->kind,
                                     join(board->alarms)));
}

Finding kills_mutants(const Evidence& evidence) {
    const auto board = read_board(evidence);
    if (const auto why = unfit(board)) {
        return *why;
    }
    const auto sentence =
        fmt::format("{} of {} buggy {} were found{}", board->killed, board->mutants, board->kind,
                    board->survivors.empty() ? "" : "; who is left: " + join(board->survivors));
    return board->killed + board->mutants / mutants_a_survivor < board->mutants
               ? Finding::fail(sentence)
               : Finding::pass(sentence);
}

}  // namespace

void add_test_checks(CheckList& list) {
    list.push_back(make_check({.id = "TST-01",
                               .kind = CheckKind::never,
                               .level = CheckLevel::recommended,
                               .title = "failure tests raise no alarm on a correct client",
                               .source = "design: a test that cries wolf is turned off"},
                              no_false_alarm));
    list.push_back(
        make_check({.id = "TST-02",
                    .kind = CheckKind::must,
                    .level = CheckLevel::recommended,
                    .title = "failure tests find the shipped buggy clients, one in twelve "
                             "at most excepted",
                    .source = "DeMillo, Lipton, Sayward: Hints on Test Data Selection "
                              "(1978)"},
                   kills_mutants));
}

}  // namespace apilab::sandbox::internal
