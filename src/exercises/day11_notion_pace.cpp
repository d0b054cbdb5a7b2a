// Day 11: sixty rows through Notion's limits
//
// Situation  Three workers bring sixty findings into a Notion table. It takes three requests a
//            second on average, 2,000 characters in one piece of text, and is overloaded for a
//            moment (529).
// Shows      One pace for all workers, by one's own clock, so that the limit is never met; a wait
//            that was announced to one holds all; long texts in pieces.
// Run        ./lab learn day11_notion_pace --compare
// Break      --break=no-split | ignore-retry-after

#include <algorithm>
#include "glue.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using apilab::provider::Notion;
using Answer = Result<Response>;

constexpr std::size_t workers = 3;
constexpr Duration distance = 345ms;  // a little more than a third of a second

// Turns are given out, one each `distance`, to whoever asks: the limit is the token's, not the
// worker's.
class Pace {
public:
    Duration until_turn(SteadyTime now) {
        const SteadyTime turn = std::max(now, next_);
        next_ = turn + distance;
        return turn - now;
    }
    // Nobody's turn is before `until`.
    void hold(SteadyTime until) { next_ = std::max(next_, until); }

private:
    SteadyTime next_;
};

struct Work {
    std::vector<Finding> findings;
    std::size_t taken = 0;
    Pace pace = {};
};

Task<Answer> make_row(Lab& lab, Work& work, Finding finding) {
    // A text that is too long is refused as a whole: nothing is cut for you.
    const auto row = finding.make_row(lab.broken("no-split") ? 99'999 : Notion::piece_max);
    for (int attempt = 1;; ++attempt) {
        co_await lab.sleep(work.pace.until_turn(lab.now()));
        auto answer = co_await apilab::transport::send(lab.transport(), row);
        const bool limited = answer && (answer->status() == 429 || answer->status() == 529);
        if (!limited || attempt == 5) {
            co_return answer;  // a lost reply is another story: day11_slack_notion
        }
        if (!lab.broken("ignore-retry-after")) {
            work.pace.hold(lab.now() + announced(lab, answer));
        }
    }
}

using MakeRow = Task<Answer> (*)(Lab&, Work&, Finding);
Task<void> worker(Lab& lab, Work& work, MakeRow make) {
    while (work.taken < work.findings.size()) {
        const Finding finding = work.findings[work.taken++];
        lab.ended(finding.key, co_await make(lab, work, finding));
    }
}
Task<void> side_by_side(Lab& lab, MakeRow make) {
    Work work{.findings = findings(lab, 60)};
    co_await lab.side_by_side(
        workers, [&](Lab& same, std::size_t /*number*/) { return worker(same, work, make); });
}

// What one writes in a hurry: as fast as it goes, and again where it does not.
Task<Answer> make_row_in_a_hurry(Lab& lab, Work& /*work*/, Finding finding) {
    const auto row = finding.make_row(99'999);
    auto answer = co_await apilab::transport::send(lab.transport(), row);
    for (int i = 0; i < 50 && (!answer || !answer->ok()); ++i) {
        co_await lab.sleep(100ms);
        answer = co_await apilab::transport::send(lab.transport(), row);
    }
    co_return answer;
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day11_notion_pace",
         .story = "60 findings, three workers, three requests a second",
         .scenario = "day11-pace",
         .deadline = 60s,
         .sins = {{"no-split", "loses what is too long for one piece", "SYN-02"},
                  {"ignore-retry-after", "comes back before the announced time", "RL-01"}},
         .production = [](Lab& lab) { return side_by_side(lab, make_row); },
         .naive = [](Lab& lab) { return side_by_side(lab, make_row_in_a_hurry); },
         .numbers = {"rows", "429s"},
         .next = "day11_upsert"},
        argc, argv);
}
