#include "watch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

namespace apilab::canaries {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Of a process, or 0.
int parent_of(int process) {
    // pid (name) state ppid ...; a name may have blanks and brackets.
    const auto stat = cli_test::read_text(fmt::format("/proc/{}/stat", process));
    const auto name_end = stat.rfind(')');
    int parent = 0;
    if (name_end != std::string::npos && name_end + 4 < stat.size()) {
        std::istringstream(stat.substr(name_end + 4)) >> parent;
    }
    return parent;
}

// Other tests, which may run at the same time, have the same canaries.
bool is_ours(int process) {
    while (process > 1) {
        process = parent_of(process);
        if (process == ::getpid()) {
            return true;
        }
    }
    return false;
}

class Leaks {
public:
    explicit Leaks(const std::vector<Canary>& canaries) : canaries_(canaries) {}
    void look(const std::string& place, const std::string& text) {
        for (const auto& seen : seen_in(text, canaries_)) {
            found_.insert(place + ": " + seen);
        }
    }
    void look_at_command_lines() {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
            const auto name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") == std::string::npos &&
                is_ours(std::stoi(name))) {
                look("a command line", cli_test::read_text(entry.path() / "cmdline"));
            }
        }
    }
    void look_at_files(const fs::path& folder) {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            const auto name = fs::relative(entry.path(), folder).string();
            look("the name of a file", name);
            if (entry.is_regular_file() && name != ".env") {
                look(name, cli_test::read_text(entry.path()));
            }
        }
    }
    [[nodiscard]] std::vector<std::string> found() const { return {found_.begin(), found_.end()}; }

private:
    const std::vector<Canary>& canaries_;
    std::set<std::string> found_;
};

}  // namespace

Watched watch(const cli_test::Words& words, const cli_test::Variables& variables,
              const fs::path& folder, const std::vector<Canary>& canaries,
              std::chrono::milliseconds patience) {
    Leaks leaks(canaries);
    cli_test::Program program(words, variables, folder);
    const auto last = std::chrono::steady_clock::now() + patience;
    while (!program.ended(5ms)) {
        leaks.look_at_command_lines();
        if (std::chrono::steady_clock::now() > last) {
            program.signal(SIGTERM);
            break;
        }
    }
    const auto ended = program.wait();
    leaks.look("stdout", ended.out);
    leaks.look("stderr", ended.err);
    leaks.look_at_files(folder);
    return {.code = ended.code, .leaks = leaks.found()};
}

}  // namespace apilab::canaries
