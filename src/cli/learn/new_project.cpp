// apilab learn new NAME: a small project of the learner's own.

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/base/try.hpp"
#include "learn/project.hpp"
#include "learn/tutor.hpp"

namespace apilab::cli {

namespace json = boost::json;

Result<ExitCode> make_project(const std::string& name, const std::string& folder,
                              const Globals& globals) {
    APILAB_TRY(const auto files, project_of(name));
    const auto place = folder.empty() ? name : folder;
    APILAB_CHECK(write_project(place, files));
    if (globals.json) {
        json::array paths;
        for (const auto& file : files) {
            paths.emplace_back(file.path);
        }
        fmt::print("{}\n",
                   json::serialize(json::object{
                       {"version", 1}, {"name", name}, {"folder", place}, {"files", paths}}));
        return ExitCode::success;
    }
    for (const auto& file : files) {
        fmt::print("{}/{}\n", place, file.path);
    }
    fmt::print(
        "\nnext: cmake -S {0} -B {0}/build && cmake --build {0}/build && ctest --test-dir "
        "{0}/build\n",
        place);
    return ExitCode::success;
}

}  // namespace apilab::cli
