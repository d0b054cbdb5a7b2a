#pragma once

#include <atomic>
#include <filesystem>
#include <thread>

namespace apilab::work::tests {

/// Stands between a client and PostgreSQL, on a Unix socket, and cuts one connection where it is
/// told: before the N-th thing that the client sends, or once that was answered, before the client
/// hears of it. Everything after that goes through, until it is told again.
class CuttingProxy {
public:
    CuttingProxy(std::filesystem::path folder, const std::filesystem::path& server_folder);
    CuttingProxy(const CuttingProxy&) = delete;
    CuttingProxy& operator=(const CuttingProxy&) = delete;
    ~CuttingProxy();

    enum class Cut { before, answered };
    /// From now on: the `step`-th send, from 1, of all connections together.
    void cut_at(int step, Cut cut);
    /// Nothing goes through, and who connects is turned away at once.
    void refuse(bool all) { refusing_ = all; }
    [[nodiscard]] bool has_cut() const { return cut_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    void run();
    void serve(int client);
    [[nodiscard]] int connect_to_server() const;

    std::filesystem::path folder_;
    std::filesystem::path server_;
    int listener_ = -1;
    int wake_ = -1;
    std::atomic<int> left_ = 0;
    std::atomic<Cut> how_ = Cut::before;
    std::atomic<bool> cut_ = false;
    std::atomic<bool> refusing_ = false;
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

}  // namespace apilab::work::tests
