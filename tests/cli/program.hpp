#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::cli_test {

using Variables = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

/// A folder of its own below the system's temporary one, gone with the object.
class TempDir {
public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Writes a file into it and returns its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view text) const;

private:
    std::filesystem::path path_;
};

[[nodiscard]] std::string read_text(const std::filesystem::path& path);

/// How a program ended. `code` is 128 and the signal where one ended it, -1 where it had to be
/// killed because it did not end in time.
struct Finished {
    int code = -1;
    std::string out;
    std::string err;
    /// The most memory it held at once, in bytes; 0 where it had to be killed.
    std::size_t memory_max = 0;
};

/// A program of ours while it runs. Its environment is `variables` and nothing else, but for a
/// `HOME` and a `PATH` that hold nothing; its streams go to files, so that it never blocks on us.
class Program {
public:
    Program(const Words& words, Variables variables, const std::filesystem::path& folder = {});
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    /// Kills it where it still runs.
    ~Program();

    void signal(int number) const;
    /// Has it ended? Waits so long for that at most.
    [[nodiscard]] bool ended(std::chrono::milliseconds patience);
    [[nodiscard]] Finished wait(std::chrono::seconds patience = std::chrono::seconds(50));

private:
    TempDir streams_;
    int pid_ = 0;
    int handle_ = -1;
    bool reaped_ = false;
    int code_ = -1;
    std::size_t memory_max_ = 0;
};

/// Has a process that is not ours to wait for ended? Waits so long for that at most.
[[nodiscard]] bool is_over(int pid, std::chrono::milliseconds patience);

/// `apilab WORDS...` from start to end.
[[nodiscard]] Finished apilab(Words words, const Variables& variables = {},
                              const std::filesystem::path& folder = {});

/// Where the program under test is, for commands that start it themselves.
[[nodiscard]] std::string apilab_path();
/// A program `hammer URL` that asks again and again without waiting (hammer.cpp).
[[nodiscard]] std::string hammer_path();
/// A program `browser URL` that follows where a page leads (browser.cpp).
[[nodiscard]] std::string browser_path();
/// The example project of the repository.
[[nodiscard]] std::string webshop();

/// The same lockfile with one package, so that what fails for each package fails only twice.
[[nodiscard]] std::string small_lockfile(const TempDir& dir);

/// A `sandbox serve` on free ports; ready once constructed.
class RunningSandbox {
public:
    explicit RunningSandbox(const Words& flags = {});
    RunningSandbox(const RunningSandbox&) = delete;
    RunningSandbox& operator=(const RunningSandbox&) = delete;

    /// What the ready file says: the addresses under their names.
    [[nodiscard]] const Variables& variables() const { return variables_; }
    [[nodiscard]] std::filesystem::path ready_file() const { return dir_.path() / "ready.json"; }
    [[nodiscard]] Finished stop();

private:
    TempDir dir_;
    Program program_;
    Variables variables_;
};

}  // namespace apilab::cli_test
