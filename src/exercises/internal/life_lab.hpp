#pragma once

#include <functional>
#include <string>
#include <utility>

#include "apilab/runtime/task_group.hpp"
#include "exercise.hpp"
#include "internal/life.hpp"

namespace exercise::internal {

/// The lab as one life sees it: the run's own, but for what is waited for, which may never come.
class LifeLab final : public Lab {
public:
    using Meet = std::function<Task<void>(Life&, apilab::runtime::Service&)>;
    LifeLab(Lab& lab, Life& life, Meet meet) : lab_(lab), life_(life), meet_(std::move(meet)) {}

    apilab::transport::Transport& transport() override { return life_.transport; }
    /// Over the run's own transport: it is not killed.
    apilab::client::Client& client() override { return lab_.client(); }
    void observe(apilab::http::Observer& observer) override { lab_.observe(observer); }
    apilab::runtime::Scheduler& scheduler() override { return life_.scheduler; }
    apilab::Rng& rng() override { return lab_.rng(); }
    Request get(std::string_view path) const override { return lab_.get(path); }
    Request request(std::string method, std::string_view path, std::string body) const override {
        return lab_.request(std::move(method), path, std::move(body));
    }
    const apilab::Environment& environment() const override { return lab_.environment(); }
    std::uint64_t seed() const override { return lab_.seed(); }
    const std::string& scenario() const override { return lab_.scenario(); }
    void show(std::string lines) override { lab_.show(std::move(lines)); }
    const std::filesystem::path& folder() override { return lab_.folder(); }
    void hand_in(std::string name, std::string text) override {
        lab_.hand_in(std::move(name), std::move(text));
    }
    void number(std::string name, std::int64_t value) override {
        lab_.number(std::move(name), value);
    }
    Task<void> meet_the_world(apilab::runtime::Service& service) override {
        co_await meet_(life_, service);
    }
    Task<void> be_told(apilab::runtime::Service& service, Task<void> meanwhile) override {
        return lab_.be_told(service, std::move(meanwhile));
    }
    void befall(const std::vector<Incident>& incidents) override { lab_.befall(incidents); }
    Task<void> live(Task<void> (*life)(Lab&)) override { co_await life(*this); }
    Task<void> deploy(std::string platform, int replacements,
                      std::vector<std::pair<std::string, std::string>> variables) override {
        return lab_.deploy(std::move(platform), replacements, std::move(variables));
    }
    std::string shown_by(const std::string& program, std::string_view check) override {
        return lab_.shown_by(program, check);
    }
    bool broken(std::string_view sin) const override { return lab_.broken(sin); }
    std::string sin() const override { return lab_.sin(); }
    void ended(std::string_view what, const Result<Response>& answer) override {
        lab_.ended(what, answer);
    }
    Task<void> sleep(Duration duration) override {
        (void)co_await life_.scheduler.sleep_for(duration);
    }
    Task<void> side_by_side(std::size_t count,
                            std::function<Task<void>(Lab&, std::size_t)> worker) override {
        apilab::runtime::TaskGroup group(life_.scheduler);
        for (std::size_t i = 0; i < count; ++i) {
            group.spawn(worker(*this, i));
        }
        co_await group.join_or_cancel();
    }

private:
    Lab& lab_;
    Life& life_;
    Meet meet_;
};

}  // namespace exercise::internal
