// The commands of docs/explain/call.md do what the page says.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

// Lines of the blocks ```sh call.
Words commands_of(const std::string& page) {
    Words commands;
    std::istringstream in(page);
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("```")) {
            inside = line == "```sh call";
        } else if (inside) {
            commands.push_back(line);
        }
    }
    return commands;
}

TEST(CallDocs, every_command_of_the_page_ends_as_it_says) {
    const TempDir dir;
    const RunningSandbox sandbox;
    auto variables = sandbox.variables();
    variables["HOME"] = dir.path().string();
    variables["PATH"] = std::filesystem::path(apilab_path()).parent_path().string() + ":/bin";
    const auto commands =
        commands_of(read_text(std::string(APILAB_SOURCE_DIR) + "/docs/explain/call.md"));
    EXPECT_GT(commands.size(), 12U);
    for (const auto& command : commands) {
        const auto mark = command.find("# exit ");
        const int code = mark == std::string::npos ? 0 : std::stoi(command.substr(mark + 7));
        const auto ended = Program({"/bin/sh", "-c", command}, variables, dir.path()).wait();
        EXPECT_EQ(ended.code, code) << command << "\n" << ended.out << ended.err;
    }
}

}  // namespace
}  // namespace apilab::cli_test
