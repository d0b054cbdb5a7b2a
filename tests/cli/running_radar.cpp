#include "running_radar.hpp"

#include <boost/json/parse.hpp>
#include <chrono>
#include <stdexcept>

namespace apilab::cli_test {
namespace {

constexpr auto patience = std::chrono::seconds(30);
constexpr auto poll_step = std::chrono::milliseconds(20);

Words serve_words(const std::filesystem::path& folder, const std::string& ready,
                  const Words& flags) {
    Words words{apilab_path(),
                "radar",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--store",
                "sqlite:" + (folder / "radar.db").string(),
                "--ready-file",
                ready};
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
}

}  // namespace

RunningRadar::RunningRadar(const std::filesystem::path& folder, const Variables& variables,
                           const Words& flags)
    : program_(serve_words(folder, ready_file().string(), flags), variables, folder) {
    const auto last = std::chrono::steady_clock::now() + patience;
    while (!std::filesystem::exists(ready_file())) {
        if (program_.ended(poll_step) || std::chrono::steady_clock::now() > last) {
            throw std::runtime_error("radar serve did not start: " + program_.wait().err);
        }
    }
    url_ = boost::json::parse(read_text(ready_file())).at("url").as_string();
}

}  // namespace apilab::cli_test
