// apilab learn tour: for who has never been here.

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <vector>

#include "apilab/base/try.hpp"
#include "learn/tutor.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

struct Step {
    std::string command;
    std::string_view text;
    bool done = false;
};

// What was done is seen from what it left behind; what leaves nothing is never ticked off.
std::vector<Step> steps(const Course& course, const Lesson& first) {
    const auto record = read_record(course.checkout, first);
    const bool begun = std::filesystem::exists(first.mine);
    const bool judged = !record.verdict.empty();
    return {
        {"./lab learn day01_first_call",
         "Four requests and what their answers mean, a line each. The table counts them; the\n"
         "verdict below it is a judge's, who saw only what reached the API."},
        {"./lab learn day01_retries --compare",
         "The day's core program twice on the same bad minute: first what one writes in a hurry,\n"
         "then what holds. Guess the verdicts before you look. In a line of the verdict stand\n"
         "what came of a check, its id, its kind, what was seen and the rows of the journal that\n"
         "show it. More of any id: build/release/bin/apilab explain RTY-03."},
        {"./lab learn start 1",
         "Puts the same program into my/, its mechanism taken out. Do what its TODOs say: it is\n"
         "yours, nothing of ours overwrites it.",
         begun},
        {"./lab learn watch 1",
         "In a second terminal: builds and judges it whenever you save, and says what turned "
         "green\n"
         "or red. The first verdict is a fail; that is where the day begins.",
         judged},
        {"./lab learn hint 1",
         "Stuck? What fails now and what that means; then three hints, one at a time. Read\n"
         "docs/days/day-01.md beside it.",
         hints_seen(course, first) > 0},
        {"./lab learn next",
         "Done? It says which program comes next; `./lab learn` shows where you are.",
         record.state == LessonState::done},
    };
}

}  // namespace

Result<ExitCode> take_tour(const Globals& globals) {
    APILAB_TRY(const auto course, open_course());
    const auto core = std::ranges::find_if(
        course.lessons, [](const Lesson& lesson) { return lesson.has_starter(); });
    if (core == course.lessons.end()) {
        return fail(ErrorKind::invalid_argument, "this checkout has no starters");
    }
    const auto all = steps(course, *core);
    if (globals.json) {
        json::array list;
        for (const auto& step : all) {
            list.push_back({{"command", step.command}, {"text", step.text}, {"done", step.done}});
        }
        fmt::print("{}\n", json::serialize(json::object{{"version", 1}, {"steps", list}}));
        return ExitCode::success;
    }
    const auto terminal = globals.out();
    fmt::print(
        "Fourteen days, one program each. Every one meets an API that fails as real ones do, in\n"
        "this process and in virtual time: no account, no network, no waiting. Nobody looks at\n"
        "your code; a judge reads what it did to the API.\n");
    int number = 0;
    for (const auto& step : all) {
        fmt::print("\n{}. {}{}\n", ++number, terminal.bold(step.command),
                   step.done ? terminal.green("  (done)") : "");
        fmt::print("{}\n", step.text);
    }
    return ExitCode::success;
}

}  // namespace apilab::cli
