# Boots a systemd of its own with the units of deploy/, in namespaces that `unshare` has made, on a
# copy of this machine's files that is in memory. Nothing of it is seen outside.
# Arguments: a directory for that, the archive, the units, and a program that runs there as root,
# with /run/out for what it finds out.

set -e
place=$1 archive=$2 units=$3 probe=$4
mount --make-rprivate /
mount -t tmpfs tmpfs "$place/box"
mkdir "$place/box/upper" "$place/box/work" "$place/box/root"
root=$place/box/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/box/upper,workdir=$place/box/work" "$root"

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir "$root/run/out"
mount --bind "$place/out" "$root/run/out"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom; do
  touch "$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"

# Only our own units: none of what this machine would start.
rm -rf "$root"/etc/systemd/system/* "$root"/lib/systemd/system/*.wants
mkdir -p "$root/opt/chatroom" "$root/etc/systemd/system/chatroom.socket.d"
rm -rf "$root/etc/chatroom"
cp "$archive" "$root/opt/chatroom/chatroom.pyz"
cp "$units/chatroom.service" "$units/chatroom.socket" "$root/etc/systemd/system"
cp "$probe" "$root/opt/probe.py"
printf '[Socket]\nListenStream=\nListenStream=/run/people\n' \
  >"$root/etc/systemd/system/chatroom.socket.d/here.conf"
cat >"$root/etc/systemd/system/probe.service" <<END
[Unit]
Wants=chatroom.socket chatroom.service
After=chatroom.service
[Service]
ExecStart=/usr/bin/python3 -I -S /opt/probe.py
StandardOutput=append:/run/out/log
StandardError=append:/run/out/log
END

cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=chatroom PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=probe.service --log-target=null --show-status=no
