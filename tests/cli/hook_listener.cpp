#include "hook_listener.hpp"

#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <sstream>
#include <stdexcept>

namespace apilab::cli_test {
namespace {

constexpr auto patience = std::chrono::seconds(20);
constexpr auto poll_step = std::chrono::milliseconds(20);

Words listen_words(const std::filesystem::path& folder, const std::string& ready,
                   const Words& flags, int port) {
    Words words{apilab_path(),
                "hook",
                "listen",
                "--listen",
                "127.0.0.1:" + std::to_string(port),
                "--store",
                (folder / "hooks.db").string(),
                "--ready-file",
                ready};
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
}

}  // namespace

HookListener::HookListener(const std::filesystem::path& folder, const Variables& variables,
                           const Words& flags, int port)
    : program_(listen_words(folder, (ready_.path() / "ready.json").string(), flags, port),
               variables) {
    const auto file = ready_.path() / "ready.json";
    const auto last = std::chrono::steady_clock::now() + patience;
    while (!std::filesystem::exists(file)) {
        if (program_.ended(poll_step) || std::chrono::steady_clock::now() > last) {
            throw std::runtime_error("hook listen did not start: " + program_.wait().err);
        }
    }
    url_ = boost::json::parse(read_text(file)).at("url").as_string();
}

int HookListener::port() const {
    return std::stoi(url_.substr(url_.rfind(':') + 1));
}

Finished HookListener::stop() {
    program_.signal(SIGINT);
    return program_.wait();
}

boost::json::array json_lines(const Finished& ended) {
    boost::json::array lines;
    std::istringstream text(ended.out);
    for (std::string line; std::getline(text, line);) {
        lines.push_back(boost::json::parse(line));
    }
    if (!lines.empty()) {
        lines.pop_back();
    }
    return lines;
}

boost::json::array lines_once_there_are(std::size_t count, Words words,
                                        const Variables& variables) {
    words.emplace_back("--json");
    const auto last = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto lines = json_lines(apilab(words, variables));
        if (lines.size() == count || std::chrono::steady_clock::now() > last) {
            return lines;
        }
    }
}

}  // namespace apilab::cli_test
