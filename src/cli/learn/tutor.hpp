#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "command.hpp"
#include "learn/course.hpp"
#include "learn/judging.hpp"
#include "learn/record.hpp"

namespace apilab::cli {

struct Course {
    std::filesystem::path checkout;
    std::vector<Lesson> lessons;

    /// A path as a learner types it.
    [[nodiscard]] std::string below(const std::filesystem::path& path) const;
};

/// The checkout around the working directory. Error: `invalid_argument`: there is none.
[[nodiscard]] Result<Course> open_course();
/// What is to be done next: the first core program that is not done; null: all are.
[[nodiscard]] const Lesson* next_lesson(const Course& course);
/// The command that goes on with a lesson.
[[nodiscard]] std::string what_to_type(const Lesson& lesson, const LessonRecord& record);
/// Behind a lesson that is done: the programs of its day that are there to be read, a line each.
/// Empty: it is not done, or there are none.
[[nodiscard]] std::string more_of_the_day(const Course& course, const Lesson& lesson,
                                          const LessonRecord& record);

/// How many of the three hints were shown so far, and that another one was.
[[nodiscard]] std::size_t hints_seen(const Course& course, const Lesson& lesson);
void keep_hints_seen(const Course& course, const Lesson& lesson, std::size_t seen);

/// What a red check of this program most often means: of its hints, or as `apilab explain` says it.
[[nodiscard]] std::string meaning_of(const Lesson& lesson, const std::string& check);

/// Where the learner is, what failed and why, what to show next (docs/explain/learn.md, version 1).
[[nodiscard]] boost::json::object lesson_json(const Course& course, const Lesson& lesson);
/// The same with how a judging ended.
[[nodiscard]] boost::json::object judged_json(const Course& course, const Lesson& lesson,
                                              const Judged& judged);

/// A red check as people read it, one or two lines: the sentence, where, what it means.
[[nodiscard]] std::string failed_text(const Lesson& lesson, const FailedCheck& failed);
/// Of a run in which nothing that decides was put to the test: what that was, and what happened.
[[nodiscard]] std::string unknown_text(const Lesson& lesson, const LessonRecord& record);
/// What a judging that led to no verdict comes to, and what to do; empty: it led to one.
[[nodiscard]] Error error_of(const Course& course, const Lesson& lesson, const Judged& judged,
                             const JudgeOptions& options);

/// For each command of several steps: runs it.
[[nodiscard]] Result<ExitCode> watch_lesson(const Course& course, const Lesson& lesson,
                                            const JudgeOptions& options, const Globals& globals);
[[nodiscard]] Result<ExitCode> take_tour(const Globals& globals);
[[nodiscard]] Result<ExitCode> make_project(const std::string& name, const std::string& folder,
                                            const Globals& globals);

}  // namespace apilab::cli
