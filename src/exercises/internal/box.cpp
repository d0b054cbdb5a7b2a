#include "internal/box.hpp"

#include <stdexcept>

#include "apilab/base/try.hpp"

namespace exercise::internal {

Task<void> LocalBox::play_world(apilab::transport::Transport& program) {
    const auto base = apilab::http::Url::parse("http://program.test");
    co_await sandbox_.play_world(program, *base);
}

void LocalBox::hand_in(std::string name, std::string text) {
    if (auto taken = sandbox_.hand_in(std::move(name), std::move(text)); !taken) {
        throw std::length_error(taken.error().message());
    }
}

Result<Judged> LocalBox::judge(Duration deadline) {
    sandbox_.stop_run();
    apilab::sandbox::JudgeOptions options;
    options.deadline = deadline;
    APILAB_TRY(auto report, apilab::sandbox::judge_run(sandbox_, options));
    return Judged{.numbers = sandbox_.numbers(), .report = std::move(report)};
}

}  // namespace exercise::internal
