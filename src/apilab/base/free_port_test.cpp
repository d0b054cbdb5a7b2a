#include "apilab/base/free_port.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace apilab {
namespace {

TEST(FreePort, can_be_listened_on) {
    const auto port = free_port();
    ASSERT_NE(port, 0);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(socket, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    auto* plain = reinterpret_cast<sockaddr*>(&address);  // NOLINT: as the socket API wants it
    EXPECT_EQ(::bind(socket, plain, sizeof(address)), 0);
    EXPECT_EQ(::listen(socket, 1), 0);
    ::close(socket);
}

TEST(FreePort, is_one_of_those_that_the_system_gives) {
    int low = 0;
    int high = 0;
    ASSERT_TRUE(std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> low >> high);
    for (int i = 0; i < 16; ++i) {
        const int port = free_port();
        EXPECT_GE(port, low);
        EXPECT_LE(port, high);
    }
}

}  // namespace
}  // namespace apilab
