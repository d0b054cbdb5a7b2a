// Day 14: a game day
//
// Situation  Three hours on duty for a service that asks four others and writes to a fifth. Six
//            things go wrong at times that nobody is told. You have what one has at night: a board,
//            a log to write in, a page of the runbook, switches.
// Shows      From a symptom to its cause to what cures it, and back when it is over; a threshold
//            that a single failure does not reach; that silence is a symptom, too.
// Run        ./lab learn day14_game_day --compare      (the incident log: above the verdict)
// Break      --break=wait-and-see | hair-trigger | one-cause | name-only | only-what-is-there

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "game_day.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;

enum class Cure : unsigned char { leave, rotate };

/// The page of the runbook: what the board says, what that means, what is done about it.
struct Row {
    const char* symptom;
    const char* cause;
    Cure cure;
};
constexpr std::array runbook{
    // Asking more makes it worse: the wait begins anew. What was known is good for an hour.
    Row{"429", "limit", Cure::leave},
    Row{"503", "down", Cure::leave},
    // Each attempt costs a worker two seconds, and everybody else waits behind it.
    Row{"no answer", "hangs", Cure::leave},
    // 200, and yet not what was promised: whoever reads on writes nonsense.
    Row{"not as promised", "drift", Cure::leave},
    Row{"no JSON", "another page", Cure::leave},
    // A write whose answer never came: it may be there. Wait; then repeat under the same key.
    Row{"unknown", "lost replies", Cure::leave},
    Row{"401", "dead token", Cure::rotate},
};
// An event comes each half minute. Three that do not come are no chance.
constexpr Duration too_silent = 95s;
// One failure a minute is weather.
constexpr int threshold = 2;

/// A trouble of a source that is not over.
struct Open {
    Cure cure = Cure::leave;
    SteadyTime next_look;
    int well = 0;
};

class OnDuty {
public:
    explicit OnDuty(Desk& desk) : desk_(desk), lab_(desk.lab()) {}

    Task<void> shift() {
        while (!desk_.over()) {
            const Board board = desk_.look();
            co_await read(board);
            if (!lab_.broken("only-what-is-there")) {
                co_await listen(board);
            }
            co_await look_after_open(board);
            co_await lab_.sleep(15s);
        }
    }

private:
    // Every symptom of the page that is there often enough.
    Task<void> read(Board board) {
        std::erase_if(seen_, [&](auto& each) { return !board.attempts.contains(each.first); });
        for (const auto& [what, times] : board.attempts) {
            const auto blank = what.find(' ');
            const auto source = what.substr(0, blank);
            const auto symptom = what.substr(blank + 1);
            const auto row =
                std::ranges::find_if(runbook, [&](auto& each) { return each.symptom == symptom; });
            const int enough = lab_.broken("hair-trigger") ? 1 : threshold;
            if (row != runbook.end() && times >= enough && !open_.contains(source) && sure(what)) {
                const auto* cause = lab_.broken("one-cause") ? "down" : row->cause;
                desk_.write_down(fmt::format("{} {}", cause, source));
                co_await cure(source, row->cure);
            }
        }
    }

    // Twice in a minute is enough to be sure. (It may pass, and then nobody was woken.)
    bool sure(const std::string& what) {
        const SteadyTime first = seen_.try_emplace(what, lab_.now()).first->second;
        return lab_.now() >= first + watched();
    }
    Duration watched() const { return lab_.broken("wait-and-see") ? 3min : 0min; }

    Task<void> cure(std::string source, Cure cure) {
        open_[source] = {.cure = cure, .next_look = lab_.now() + 1min};
        if (lab_.broken("name-only")) {
            co_return;  // somebody should do something about it
        }
        if (cure == Cure::rotate) {
            co_await desk_.rotate();
        } else {
            desk_.leave(source);
        }
    }

    // What did not come says nothing by itself: somebody has to miss it. What is asked for comes,
    // and breaks the silence; so it is over when something comes that nobody has asked for.
    Task<void> listen(Board board) {
        if (board.silent > too_silent + watched() && !silence_) {
            desk_.write_down("silence github");
            silence_ = true;
        }
        if (!silence_ || lab_.broken("name-only") || lab_.now() < next_ask_) {
            co_return;
        }
        silence_ = board.silent > too_silent / 2;
        co_await desk_.reconcile();  // once more at the end: the last minutes' are missing, too
        next_ask_ = lab_.now() + 2min;
    }

    // Once a minute: is it well again? Twice in a row, and it is asked as before.
    Task<void> look_after_open(Board board) {
        std::set<std::string> closed;
        for (auto& [source, open] : open_) {
            if (lab_.now() < open.next_look) {
                continue;
            }
            open.next_look = lab_.now() + 1min;
            // Who was not left is on the board; who was left has to be asked.
            const bool left = open.cure == Cure::leave && !lab_.broken("name-only");
            const bool good =
                left ? co_await desk_.probe(source) : board.attempts[source + " ok"] > 0;
            open.well = good ? open.well + 1 : 0;
            if (open.well == 2) {
                desk_.take_back(source);
                closed.insert(source);
            }
        }
        std::erase_if(open_, [&](const auto& each) { return closed.contains(each.first); });
    }

    Desk& desk_;
    Lab& lab_;
    std::map<std::string, Open> open_;
    /// Symptoms of the board, with when they were first there.
    std::map<std::string, SteadyTime> seen_;
    bool silence_ = false;
    SteadyTime next_ask_;
};

Task<void> with_a_runbook(Desk& desk) {
    OnDuty duty(desk);
    co_await duty.shift();
}

// What one does without a page: one number, and the one thing that has always helped.
Task<void> restarts_everything(Desk& desk) {
    while (!desk.over()) {
        int good = 0;
        int all = 0;
        for (const auto& [what, times] : desk.look().attempts) {
            good += what.ends_with(" ok") ? times : 0;
            all += times;
        }
        if (all > 0 && good * 10 < all * 8) {
            desk.write_down("error rate");
            desk.restart();
            co_await desk.lab().sleep(10min);
        }
        co_await desk.lab().sleep(1min);
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day14_game_day",
         .story = "three hours on duty, six troubles that nobody announces",
         .scenario = "day14-game-day",
         .deadline = 30s,
         .sins = {{"wait-and-see", "watches for three minutes, to be sure", "GAM-02"},
                  {"hair-trigger", "takes one failure for a trouble", "GAM-03"},
                  {"one-cause", "calls everything down", "GAM-01"},
                  {"name-only", "writes the name down, and that is all", "GAM-04"},
                  {"only-what-is-there", "does not miss what does not come", "GAM-01"}},
         .production = [](Lab& lab) { return game_day(lab, with_a_runbook); },
         .naive = [](Lab& lab) { return game_day(lab, restarts_everything); },
         .numbers = {"named", "median s", "alarms", "dead"},
         .next = "day14_runbook"},
        argc, argv);
}
