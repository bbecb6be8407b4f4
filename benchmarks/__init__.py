"""What PayFlow costs above the least that the same work can cost. Run by hand; see README.md."""
