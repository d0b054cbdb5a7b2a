// The commands of docs/explain/sandbox.md do what the page says.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

namespace fs = std::filesystem;

// The lines of the page's blocks, by what stands behind the fence.
std::map<std::string, Words> blocks_of(const std::string& page) {
    std::map<std::string, Words> blocks;
    std::istringstream in(page);
    std::string inside;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("```")) {
            inside = inside.empty() ? line.substr(3) : "";
        } else if (!inside.empty()) {
            blocks[inside].push_back(line);
        }
    }
    return blocks;
}

Words words_of(const std::string& command) {
    std::istringstream in(command);
    Words words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

// One that serves: it is ended by a signal once it has said something.
Finished until_a_signal(const std::string& command, const Variables& variables,
                        const fs::path& folder) {
    const auto shown = folder / "shown";
    fs::remove(shown);
    Program program(
        {"/bin/sh", "-c", "exec " + command.substr(0, command.find(" #")) + " >" + shown.string()},
        variables, folder);
    while ((!fs::exists(shown) || fs::file_size(shown) == 0) &&
           !program.ended(std::chrono::milliseconds(20))) {
    }
    program.signal(SIGTERM);
    return program.wait();
}

TEST(SandboxDocs, every_command_of_the_page_ends_as_it_says) {
    if (!fs::exists("/usr/bin/curl")) {
        GTEST_SKIP() << "curl is not installed";
    }
    const TempDir dir;
    const auto blocks =
        blocks_of(read_text(std::string(APILAB_SOURCE_DIR) + "/docs/explain/sandbox.md"));
    const auto serve = words_of(blocks.at("sh serve").at(0));
    ASSERT_GT(serve.size(), 3U);
    const RunningSandbox sandbox(Words(serve.begin() + 3, serve.end()));
    fs::create_directories(dir.path() / ".apilab");
    fs::copy_file(sandbox.ready_file(), dir.path() / ".apilab/sandbox.json");
    std::string scenario;
    for (const auto& line : blocks.at("toml tight.toml")) {
        scenario += line + "\n";
    }
    (void)dir.write("tight.toml", scenario);
    auto variables = sandbox.variables();
    variables["HOME"] = dir.path().string();
    variables["PATH"] = fs::path(apilab_path()).parent_path().string() + ":/usr/bin:/bin";
    const auto& commands = blocks.at("sh sandbox");
    EXPECT_GT(commands.size(), 30U);
    for (const auto& command : commands) {
        const auto mark = command.find("# exit ");
        const int code = mark == std::string::npos ? 0 : std::stoi(command.substr(mark + 7));
        const auto ended = command.ends_with("# until Ctrl-C")
                               ? until_a_signal(command, variables, dir.path())
                               : Program({"/bin/sh", "-c", command}, variables, dir.path()).wait();
        EXPECT_EQ(ended.code, code) << command << "\n" << ended.out << ended.err;
    }
    EXPECT_FALSE(read_text(dir.path() / "run.html").empty());
}

}  // namespace
}  // namespace apilab::cli_test
