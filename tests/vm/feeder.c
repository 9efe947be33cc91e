/* The camera's other end: writes JPEG files to a v4l2loopback device, one after the other.
 * usage: feeder DEVICE FRAMES_A_SECOND FOLDER   shows the files of FOLDER, which may be exchanged while it runs. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 640, HEIGHT = 480, LARGEST = 1 << 20 };

static void require(int holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(1);
    }
}

static int is_picture(const struct dirent *entry) {
    return strstr(entry->d_name, ".jpg") != NULL;
}

/* The n-th picture of the folder, from the start again after the last; 0 bytes if it has none at the moment. */
static size_t picture(const char *folder, unsigned n, char *bytes) {
    struct dirent **entries;
    int count = scandir(folder, &entries, is_picture, alphasort);
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        if (i == (int)(n % (unsigned)count)) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
            FILE *file = fopen(path, "rb");
            if (file) {
                size = fread(bytes, 1, LARGEST, file);
                fclose(file);
            }
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return size;
}

int main(int argc, char **argv) {
    require(argc == 4, "usage: feeder DEVICE FRAMES_A_SECOND FOLDER");
    unsigned rate = (unsigned)atoi(argv[2]);
    require(rate >= 1 && rate <= 60, "1 to 60 frames a second");
    int device = open(argv[1], O_RDWR);
    require(device >= 0, argv[1]);
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    format.fmt.pix = (struct v4l2_pix_format){.width = WIDTH,
                                              .height = HEIGHT,
                                              .pixelformat = V4L2_PIX_FMT_MJPEG,
                                              .field = V4L2_FIELD_NONE,
                                              .sizeimage = LARGEST,
                                              .colorspace = V4L2_COLORSPACE_JPEG};
    require(ioctl(device, VIDIOC_S_FMT, &format) == 0, "VIDIOC_S_FMT");
    struct v4l2_streamparm rhythm = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    rhythm.parm.output.timeperframe = (struct v4l2_fract){1, rate};
    require(ioctl(device, VIDIOC_S_PARM, &rhythm) == 0, "VIDIOC_S_PARM");
    static char bytes[LARGEST];
    for (unsigned n = 0;; n++) {
        size_t size = picture(argv[3], n, bytes);
        require(!size || write(device, bytes, size) == (ssize_t)size, "write");
        usleep(1000000 / rate);
    }
}
