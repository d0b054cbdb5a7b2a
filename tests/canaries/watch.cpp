#include "watch.hpp"

#include <csignal>
#include <fstream>
#include <set>

namespace apilab::canaries {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

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
            if (name.find_first_not_of("0123456789") == std::string::npos) {
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
